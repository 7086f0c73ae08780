import { LiveError } from '../../errors.ts';
import { authorizationOf } from '../../prometheus/authorization.ts';

/** Where to write to, taken apart. */
export interface Address {
  /** Without user, password, query; for people to read. */
  shown: string;
  /** The full address; undefined where only the engine is known, and its usual path has to be found. */
  write: URL | undefined;
  /** What the engine's own pages are asked under: `/api/v1/...`. */
  base: URL;
  /** From user and password in the URL. */
  authorization: string | undefined;
}

/** What paths of remote write end in: Prometheus and VictoriaMetrics, Mimir and Cortex, Thanos; Amazon's `remote_write`. */
const WRITE_PATH = /(?:write|push|receive)$/;
const USUAL_ENDING = /\/api\/(?:v1|prom)\/(?:write|push|receive|remote_write)$/;

/**
 * Reads `--write`: an address whose path ends in `write`, `push` or `receive` is used as it is, any other is
 * that of an engine. Throws `BAD_OPTION`; a password is never in the message.
 */
export function addressOf(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const what = text.includes('@') ? 'it' : JSON.stringify(text);
    throw new LiveError('BAD_OPTION', `write: ${what} is not an address such as http://127.0.0.1:8428`);
  }
  const authorization = authorizationOf(url);
  url.username = '';
  url.password = '';
  url.hash = '';
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path;
  const base = new URL(url);
  base.search = '';
  base.pathname = `${path.replace(USUAL_ENDING, '')}/`;
  return {
    shown: `${url.origin}${path}`,
    write: WRITE_PATH.test(path) ? url : undefined,
    base,
    authorization,
  };
}

/** The address of a path of the engine. */
export function at(base: URL, path: string): URL {
  return new URL(path, base);
}
