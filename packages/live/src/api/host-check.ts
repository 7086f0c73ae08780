import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { isLoopback } from '../ingest/loopback.ts';

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
 *
 * @param configured the address that the server listens on.
 * @param allowed names that a proxy in front of it goes by.
 */
export function hostCheck(
  configured: string,
  allowed: readonly string[],
): (header: string | undefined) => boolean {
  const isOpen = configured === '0.0.0.0' || configured === '::';
  const known = new Set([configured, ...allowed].map((name) => name.toLowerCase()));
  return (header) => {
    const written = /^(\[[0-9a-fA-F:.]+\]|[^:]+)(?::\d{1,5})?$/.exec(header ?? '')?.[1]?.toLowerCase();
    if (written === undefined) return false;
    const name = written.replace(/^\[|\]$/g, '');
    if (isLoopback(name) || known.has(name)) return true;
    // On all interfaces the machine's addresses are meant; an address cannot be rebound, a name can.
    return isOpen && (isIP(name) !== 0 || name === hostname().toLowerCase());
  };
}
