import type { IncomingMessage, ServerResponse } from 'node:http';
import { currentUnit } from '../../meter/index.ts';
import { type RequestSpan, requestOf, tracker } from '../../request/index.ts';
import { noteFailure } from '../failure.ts';
import { nameRoute } from '../mount.ts';

export type Next = () => Promise<void>;
export type Handler = (context: Context, next: Next) => unknown;

/** What is used of a Hono context. `env` is that of @hono/node-server; elsewhere it has no `incoming`. */
export interface Context {
  /** The address is a whole one. */
  req: { url: string };
  /** What a handler or a middleware threw, if it was answered. */
  error?: unknown;
  env?: { incoming?: IncomingMessage; outgoing?: ServerResponse };
}

interface Route {
  method: string;
  /** With all base paths. */
  path: string;
}

/** As the router keeps it: one object per registration, the same in every match. */
type Registered = [handler: Handler, route: Route];
type Match = [found: ReadonlyArray<readonly [Registered, unknown]>, ...rest: unknown[]];

/** On requests: the context of the application that got it from the client. */
const OWNER: unique symbol = Symbol.for('routemeter.v1.hono.owner') as never;
/** On registrations and on handlers: followed, by whichever copy of the library came first. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.hono') as never;

type Incoming = IncomingMessage & { [OWNER]?: Context };

/** Makes the routes that matched a request tell when they run. Each is changed once. */
export function followMatch(context: Context): void {
  for (const found of matchOf(context)) followFound(found, false);
}

/** @param all middleware without a path, too, for what it throws: the preload has none of its own to see that. */
function followFound(match: Match, all: boolean): void {
  for (const [registered] of match[0]) {
    if (Object.hasOwn(registered, FOLLOWED)) continue;
    Object.defineProperty(registered, FOLLOWED, { value: true });
    const [handler, route] = registered;
    const named = !isPathless(handler, route);
    if (named || all) registered[0] = followed(handler, named ? route.path : null);
  }
}

/** The result of the match: kept behind a symbol that has no name, on the class of Hono's requests. */
function matchOf(context: Context): Match[] {
  const prototype = Object.getPrototypeOf(context.req) as object;
  return Object.getOwnPropertySymbols(prototype)
    .map((key) => (context.req as unknown as Record<symbol, unknown>)[key])
    .filter((value): value is Match => Array.isArray(value) && Array.isArray(value[0]));
}

/**
 * `app.use` and `app.all` register the same way; what tells them apart is what Hono's own developer
 * tools go by, too: a middleware takes `next`.
 */
function isPathless(handler: Handler & { __COMPOSED_HANDLER?: Handler }, { method, path }: Route): boolean {
  if (method !== 'ALL' || (path !== '*' && path !== '/*')) return false;
  // A handler of an application with an error handler of its own is wrapped, once for each level.
  let own = handler;
  while (own.__COMPOSED_HANDLER !== undefined) own = own.__COMPOSED_HANDLER;
  return own.length > 1;
}

/**
 * The span of the request that a context is for, and null for the context of another one: an
 * application that asks itself, or one that is mounted, may hand the bindings of its own request on.
 */
export function spanOf(context: Context): RequestSpan | null {
  const incoming = context.env?.incoming as Incoming | undefined;
  if (incoming === undefined) return null;
  incoming[OWNER] ??= context;
  const isOwn = incoming[OWNER] === context || isFor(context, incoming);
  return isOwn ? (tracker().spanOf(incoming) ?? null) : null;
}

/** Whether another context is for the same request all the same: that of an application in an application. */
function isFor({ req }: Context, incoming: Incoming): boolean {
  return req.url.replace(/^\w+:\/\/[^/]*/, '') === incoming.url;
}

/** @param path names the requests that the handler answers: null for none. */
function followed(handler: Handler, path: string | null): Handler {
  const follow: Handler = (context, next) => {
    const span = spanOf(context);
    if (span === null) return handler(context, next);
    const former = span.name();
    if (path !== null) nameRoute(span, context.env!.incoming!, path);
    const leave: Next = () => {
      if (path !== null) span.setRoute(former);
      return next();
    };
    let result: unknown;
    try {
      result = handler(context, leave);
    } catch (error) {
      noteFailure(span, error);
      throw error;
    }
    return result instanceof Promise ? noted(result, span, context) : result;
  };
  // Read by `showRoutes` and by whoever asks what is wrapped.
  return Object.assign(follow, { __COMPOSED_HANDLER: handler });
}

/** The same promise; what it rejects with is told. */
function noted(result: Promise<unknown>, span: RequestSpan, context: Context): Promise<unknown> {
  return result.then(
    (value) => {
      // Answered by an application's own error handler.
      if (context.error !== undefined) noteFailure(span, context.error);
      return value;
    },
    (error: unknown) => {
      noteFailure(span, error);
      throw error;
    },
  );
}

interface HonoRouter {
  match(method: string, path: string): Match;
}

/** For the preload: follows all applications whose router is of the class that a module exports. */
export function hookSmartRouter(exports: unknown): void {
  const { prototype } = (exports as { SmartRouter: { prototype: HonoRouter & { [FOLLOWED]?: true } } })
    .SmartRouter;
  if (Object.hasOwn(prototype, FOLLOWED)) return;
  Object.defineProperty(prototype, FOLLOWED, { value: true });
  const match = prototype.match;
  prototype.match = function (method, path) {
    expectRouteHere();
    const first = match.call(this, method, path);
    followFound(first, true);
    // From here on the router has a method of its own: that of the router it chose.
    const chosen = this.match;
    if (Object.hasOwn(this, 'match')) {
      this.match = (...args) => {
        expectRouteHere();
        const found = chosen(...args);
        followFound(found, true);
        return found;
      };
    }
    return first;
  };
}

function expectRouteHere(): void {
  const span = requestOf(currentUnit());
  if (span !== null) span.expectRoute();
}
