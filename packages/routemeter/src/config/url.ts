import { RoutemeterError, show } from '../errors/error.ts';

/** Where payloads go, as a URL says it. */
export type Target =
  | { readonly kind: 'udp' | 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix' | 'unixstream'; readonly path: string }
  | { readonly kind: 'log' }
  | { readonly kind: 'null' };

const PORT = 8125;
/** `sockaddr_un` holds 107 bytes and a zero on Linux, 103 on macOS. */
const PATH_BYTES = 107;
const FORMS =
  'udp://HOST:PORT, tcp://HOST:PORT, unixstream:///PATH, unix:///PATH (datagrams), log: (lines to stderr) or null: (nowhere)';

/**
 * Reads the `url` option. The port defaults to 8125, StatsD's own.
 *
 * @throws RoutemeterError RM_URL_INVALID
 */
export function parseTarget(text: string): Target {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(text, 'is not a URL');
  }
  switch (url.protocol) {
    case 'udp:':
    case 'tcp:': {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      if (host === '') throw invalid(text, 'names no host');
      if (url.port === '0') throw invalid(text, 'has port 0');
      const kind = url.protocol === 'tcp:' ? 'tcp' : 'udp';
      return { kind, host, port: url.port === '' ? PORT : Number(url.port) };
    }
    case 'unix:':
    // Datadog's own clients know this spelling too.
    case 'unixgram:':
      return { kind: 'unix', path: socketPath(text, url) };
    case 'unixstream:':
      return { kind: 'unixstream', path: socketPath(text, url) };
    case 'log:':
      return { kind: 'log' };
    case 'null:':
      return { kind: 'null' };
    default:
      throw invalid(text, `has the scheme "${url.protocol}//", which names no sink`);
  }
}

function socketPath(text: string, url: URL): string {
  if (url.host !== '')
    throw invalid(text, `names the host "${url.host}": an absolute path takes three slashes`);
  let path: string;
  try {
    path = decodeURIComponent(url.pathname);
  } catch {
    throw invalid(text, 'has a path that cannot be decoded');
  }
  if (!path.startsWith('/') || path === '/') throw invalid(text, 'names no socket path');
  if (Buffer.byteLength(path) > PATH_BYTES) {
    throw invalid(text, `has a path of more than ${PATH_BYTES} bytes, which no socket can have`);
  }
  return path;
}

function invalid(text: string, why: string): RoutemeterError {
  return new RoutemeterError('RM_URL_INVALID', `url ${show(text)} ${why}: set "url" to ${FORMS}`);
}
