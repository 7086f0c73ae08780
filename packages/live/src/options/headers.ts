import { validateHeaderName, validateHeaderValue } from 'node:http';
import { LiveError } from '../errors.ts';

/** Those that the requests have of themselves. */
const OWN_HEADERS =
  /^(?:content-.*|accept-encoding|x-prometheus-remote-write-version|host|connection|transfer-encoding|expect)$/i;

/**
 * The headers that are sent to an engine. Throws `BAD_OPTION`, never with a value: it can be a secret.
 *
 * @param option the flag of the engine's address: `write` or `store`.
 * @param hasUser whether user and password stand in the address.
 */
export function headersOf(
  option: 'write' | 'store',
  headers: Readonly<Record<string, string>> = {},
  hasUser: boolean,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      fail(option, `${JSON.stringify(name)} is no header with a value`);
    }
    if (OWN_HEADERS.test(name)) fail(option, `${name} is given by routemeter-live itself; leave it out`);
    if (hasUser && /^authorization$/i.test(name)) {
      fail(option, `Authorization is given twice; leave it out, or the user and password of --${option}`);
    }
  }
  return headers;
}

function fail(option: string, what: string): never {
  throw new LiveError('BAD_OPTION', `${option}Headers: ${what}`);
}
