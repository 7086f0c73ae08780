import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasSent, isFile, STATIC, type Teller } from './teller.ts';

/** On requests of Node: what AdonisJS made of them; null where it could not. */
const MADE: unique symbol = Symbol.for('routemeter.v1.adonis') as never;
/** On prototypes: followed, by whichever copy of the library came first. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.adonis.followed') as never;

/** Its own request, which gets a context, which gets the route that was found. */
interface HttpRequest {
  ctx?: { route?: { pattern?: unknown } };
}

type Noted = IncomingMessage & { [MADE]?: HttpRequest | null };

/** What is used of a server of `@adonisjs/http-server`. */
export interface AdonisServer {
  createRequest(request: IncomingMessage, response: ServerResponse): HttpRequest;
}

/**
 * Notes on each request what a server makes of it. That has returned before anything of the application runs: no frame
 * of ours is in a stack, as there would be with a subscriber to the channel `adonisjs.http.request`.
 */
export function noteRequests(server: AdonisServer): void {
  let methods = server as AdonisServer & { [FOLLOWED]?: true };
  while (!Object.hasOwn(methods, 'createRequest') && Object.getPrototypeOf(methods) !== null) {
    methods = Object.getPrototypeOf(methods);
  }
  if (Object.hasOwn(methods, FOLLOWED) || typeof methods.createRequest !== 'function') return;
  Object.defineProperty(methods, FOLLOWED, { value: true });
  const { createRequest: former } = methods;
  methods.createRequest = function (this: AdonisServer, request: Noted, response) {
    // An address that it cannot decode throws, and is answered all the same.
    request[MADE] = null;
    const made = former.call(this, request, response);
    request[MADE] = made;
    return made;
  };
}

/** AdonisJS 7. */
export const adonis: Teller = {
  framework: '@adonisjs/http-server',
  route(request, response, span) {
    const made = (request as Noted)[MADE];
    if (made === undefined) return undefined;
    const pattern = made?.ctx?.route?.pattern;
    if (typeof pattern === 'string') return pattern.startsWith('/') ? pattern : `/${pattern}`;
    // `@adonisjs/static` is a middleware of the server.
    return hasSent(response, 'last-modified') && isFile(request.method, span.status) ? STATIC : null;
  },
};
