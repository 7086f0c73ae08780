import { RoutemeterError, show } from '../errors/error.ts';

/** Where payloads go, as a URL says it. */
export type Target =
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | { readonly kind: 'log' }
  | { readonly kind: 'null' };

const PORT = 8125;
const FORMS = 'udp://HOST:PORT, log: (lines to stderr) or null: (nowhere)';

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
    case 'udp:': {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      if (host === '') throw invalid(text, 'names no host');
      if (url.port === '0') throw invalid(text, 'has port 0');
      return { kind: 'udp', host, port: url.port === '' ? PORT : Number(url.port) };
    }
    case 'log:':
      return { kind: 'log' };
    case 'null:':
      return { kind: 'null' };
    default:
      throw invalid(text, `has the scheme "${url.protocol}//", which names no sink`);
  }
}

function invalid(text: string, why: string): RoutemeterError {
  return new RoutemeterError('RM_URL_INVALID', `url ${show(text)} ${why}: set "url" to ${FORMS}`);
}
