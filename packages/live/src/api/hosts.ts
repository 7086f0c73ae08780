import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether a browser asks for the sake of another page. What such a page gets it cannot read, but asking costs
 * time here, and a stream a place. A link to the page is a navigation; programs send none of these headers.
 */
export function isForeign(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return headers['sec-fetch-mode'] !== 'navigate';
}

/**
 * Which Host headers are answered. A foreign page can point a name of its own at 127.0.0.1 (DNS rebinding)
 * and then read what listens there; its requests carry that name.
 */
export function hostCheck(configured: string): (header: string | undefined) => boolean {
  const isOpen = configured === '0.0.0.0' || configured === '::';
  const own = configured.includes(':') ? `[${configured}]` : configured;
  return (header) => {
    const name = /^(\[[0-9a-fA-F:.]+\]|[^:]+)(?::\d{1,5})?$/.exec(header ?? '')?.[1]?.toLowerCase();
    if (name === undefined) return false;
    if (LOOPBACK.test(name) || name === own.toLowerCase()) return true;
    // On all interfaces the machine's addresses are meant; an address cannot be rebound, a name can.
    return isOpen && (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name === hostname().toLowerCase());
  };
}
