import { peerOf } from './peer.ts';

/** Methods that are told by their name; all others read `other`. */
const METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);
const ORIGINS = 500;
const known = new Map<string, string>();
/** The last one, nearly always the next one too. */
let last: unknown;
let lastPeer = '';

/** The method of an HTTP call, as a name may have it. */
export function methodOf(method: unknown): string {
  if (typeof method !== 'string') return 'GET';
  if (method === 'GET' || METHODS.has(method)) return method;
  const upper = method.toUpperCase();
  return METHODS.has(upper) ? upper : 'other';
}

/** Host and port of an origin such as `https://api.example.com`, the port left out where it is the usual one. */
export function originOf(origin: unknown): string {
  if (origin === last && typeof origin === 'string') return lastPeer;
  const text = String(origin);
  let peer = known.get(text);
  if (peer === undefined) {
    const url = URL.canParse(text) ? new URL(text) : null;
    peer = url === null || url.hostname === '' ? 'other' : peerOf(url.hostname, url.port, 0);
    if (known.size >= ORIGINS) known.clear();
    known.set(text, peer);
  }
  last = origin;
  lastPeer = peer;
  return peer;
}
