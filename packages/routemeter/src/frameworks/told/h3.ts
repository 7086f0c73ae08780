import type { IncomingMessage } from 'node:http';
import { isFile, STATIC, type Teller } from './teller.ts';

/** On requests of Node: the context that h3 keeps of them. */
const CONTEXT = Symbol('routemeter.h3');

interface Context {
  params?: unknown;
  /** The route that was found. */
  matchedRoute?: { route?: unknown };
  /** Of Nitro. */
  nitro?: unknown;
}

/** A `Request` as srvx makes it from one of Node's. */
interface WebRequest {
  runtime?: { node?: { req?: IncomingMessage & { [CONTEXT]?: object } } };
}

let isWatched = false;

/**
 * h3 2 keeps what it finds on its context of a request, which it puts on the `Request` that srvx made. That one
 * inherits from the class of the platform, bundled or not: an accessor there hears of each context.
 *
 * Nothing is done in a process that does not use the class yet: it is loaded when it is first asked for.
 */
export function watchContexts(): void {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  if (isWatched || !moduleLoadList.some((name) => name.endsWith('internal/deps/undici/undici'))) return;
  isWatched = true;
  const { prototype } = globalThis.Request;
  if ('context' in prototype) return;
  Object.defineProperty(prototype, 'context', {
    configurable: true,
    enumerable: false,
    get: () => undefined,
    set(this: WebRequest & object, value: unknown) {
      // What an assignment does where nobody listens.
      Object.defineProperty(this, 'context', { value, writable: true, enumerable: true, configurable: true });
      const request = this.runtime?.node?.req;
      if (request !== undefined && typeof value === 'object' && value !== null) request[CONTEXT] = value;
    },
  });
}

/** h3 2, and Nitro 3 that is built on it. */
export const h3: Teller = {
  framework: 'h3',
  route(request, response, span) {
    const context = (request as { [CONTEXT]?: Context })[CONTEXT];
    if (context === undefined) return undefined;
    const route = context.matchedRoute?.route;
    if (typeof route === 'string') return route === '' ? '/' : route;
    const isAsset = context.nitro !== undefined && response.hasHeader('etag');
    return isAsset && isFile(request.method, span.status) ? STATIC : null;
  },
};
