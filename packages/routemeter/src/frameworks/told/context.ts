import type { IncomingMessage } from 'node:http';
import { isStartServed } from './start.ts';
import { hasSent, isFile, STATIC, type Teller } from './teller.ts';

/** On requests of Node: the context that h3 2 keeps of them, the event of h3 1, and who knows the page of Nuxt. */
const CONTEXT: unique symbol = Symbol.for('routemeter.v1.h3.context') as never;
const EVENT: unique symbol = Symbol.for('routemeter.v1.h3.event') as never;
const PAGE: unique symbol = Symbol.for('routemeter.v1.nuxt.page') as never;

interface Context {
  params?: unknown;
  /** The route that was found. */
  matchedRoute?: { route?: unknown; path?: unknown };
  /** Of Nitro. */
  nitro?: unknown;
}

/** Says which page of Nuxt answers; null for none. */
export type Page = () => string | null;

type Noted = IncomingMessage & { [CONTEXT]?: Context; [EVENT]?: { context?: Context }; [PAGE]?: Page };

/** A `Request` as srvx makes it from one of Node's. */
interface WebRequest {
  runtime?: { node?: { req?: Noted } };
  context?: unknown;
}

/** An event of h3 1, which has Node's request, or of h3 2, which has a `Request`. */
export interface H3Event {
  node?: { req?: IncomingMessage };
  req?: object;
  context?: unknown;
}

/** For a plugin of Nitro: notes what h3 keeps of a request. */
export function noteEvent(event: H3Event): void {
  const web = event.req as WebRequest | undefined;
  if (web?.runtime?.node?.req !== undefined) note(web.runtime.node.req, web.context);
  else if (event.node?.req !== undefined) (event.node.req as Noted)[EVENT] = event as never;
}

/** For a plugin of Nuxt: notes who knows the page. */
export function notePage(request: IncomingMessage, page: Page): void {
  (request as Noted)[PAGE] = page;
}

function note(request: Noted, context: unknown): void {
  if (typeof context === 'object' && context !== null) request[CONTEXT] = context;
}

/** The route of Nitro's for what no handler is for. */
const RENDERER = '/**';

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
  // Earlier versions of srvx put a class of their own before the platform's.
  let prototype: object = globalThis.Request.prototype;
  for (let next = prototype; next !== Object.prototype; next = Object.getPrototypeOf(next)) prototype = next;
  if ('context' in prototype) return;
  Object.defineProperty(prototype, 'context', {
    configurable: true,
    enumerable: false,
    get: () => undefined,
    set(this: WebRequest & object, value: unknown) {
      // What an assignment does where nobody listens.
      Reflect.defineProperty(this, 'context', {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      const request = this.runtime?.node?.req;
      if (request !== undefined) note(request, value);
    },
  });
}

/** h3, and Nitro and Nuxt that are built on it. */
export const h3: Teller = {
  framework: 'h3',
  route(request, response, span) {
    const { [CONTEXT]: context = (request as Noted)[EVENT]?.context, [PAGE]: page } = request as Noted;
    if (context === undefined) return undefined;
    if (page !== undefined) return page();
    const isOfNitro = context.nitro !== undefined && isFile(request.method, span.status);
    const isAsset = isOfNitro && (span.status === 304 || hasSent(response, 'etag'));
    const route = context.matchedRoute?.route ?? context.matchedRoute?.path;
    // Files are sent before the route runs that was found for them: that of what renders all pages.
    if (isAsset && (route === RENDERER || typeof route !== 'string')) return STATIC;
    if (typeof route !== 'string' || (route === RENDERER && isStartServed())) return null;
    return route === '' ? '/' : route;
  },
};
