import { LiveError } from '../errors.ts';

/** Where to send on to. */
export type ForwardAddress =
  | { kind: 'udp'; url: string; host: string; port: number; size: number }
  | { kind: 'tcp'; url: string; host: string; port: number; size: number }
  | { kind: 'unixstream'; url: string; path: string; size: number; isFramed: boolean };

/** Fits every network's packets, and is read whole by every StatsD server. */
const DATAGRAM = 1432;
/** What the Datadog Agent takes as one payload of a stream. */
const FRAME = 8192;
const MAX_SIZE = 65_507;

/**
 * `udp://HOST:PORT`, `tcp://HOST:PORT` or `unixstream:///PATH`. `?size=` bounds the bytes of a datagram or frame,
 * for a server that takes more or less than usual; `?framing=newline` leaves out the lengths that the Agent wants
 * on a Unix stream.
 */
export function forwardAddress(value: string): ForwardAddress {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const kind = url?.protocol.slice(0, -1);
  const size = url?.searchParams.get('size');
  const framing = url?.searchParams.get('framing');
  const bytes = size == null ? undefined : Number(size);
  if (bytes !== undefined && !(Number.isInteger(bytes) && bytes >= 64 && bytes <= MAX_SIZE)) {
    throw bad(value, `size=${size} is not a whole number from 64 to ${MAX_SIZE}`);
  }
  if (url !== undefined && (kind === 'udp' || kind === 'tcp') && url.hostname !== '') {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? 8125 : Number(url.port);
    return { kind, url: `${kind}://${url.hostname}:${port}`, host, port, size: bytes ?? DATAGRAM };
  }
  if (url !== undefined && kind === 'unixstream' && url.pathname.length > 1) {
    const path = decodeURIComponent(url.pathname);
    if (framing != null && framing !== 'newline') throw bad(value, `framing=${framing} is not newline`);
    return { kind, url: `unixstream://${path}`, path, size: bytes ?? FRAME, isFramed: framing == null };
  }
  throw bad(
    value,
    'is not an address such as udp://127.0.0.1:8125, tcp://10.0.0.7:8125 or unixstream:///run/statsd.sock',
  );
}

function bad(value: string, why: string): LiveError {
  return new LiveError('BAD_OPTION', `forward: ${value} ${why}`);
}
