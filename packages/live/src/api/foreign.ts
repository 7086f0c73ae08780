import type { IncomingMessage } from 'node:http';
import { ApiError } from './endpoint.ts';

/** Throws a 403 for a change that a browser asks for on behalf of another page. */
export function refuseForeign({ headers }: IncomingMessage, what: string): void {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  // A browser says where a page comes from; programs send neither header. Behind a proxy the page is there
  // by https; that the scheme is the page's own is the browser's verdict, in the other header.
  const isForeign = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
  if (isForeign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
    throw new ApiError(403, 'FOREIGN_ORIGIN', `Origin ${origin ?? site} may not ${what}`);
  }
}
