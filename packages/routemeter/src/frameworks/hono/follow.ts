import type { IncomingMessage, ServerResponse } from 'node:http';
import { currentScope } from '../../meter/index.ts';
import { type RequestSpan, tracker } from '../../request/index.ts';
import { noteFailure } from '../failure.ts';

export type Next = () => Promise<void>;
export type Handler = (context: Context, next: Next) => unknown;

/** What is used of a Hono context. `env` is that of @hono/node-server; elsewhere it has no `incoming`. */
export interface Context {
  req: object;
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

/** On requests: an application mounted in a route is at work, and its own routes name nothing. */
const MOUNTED: unique symbol = Symbol.for('routemeter.v1.hono.mounted') as never;
/** On registrations and on handlers: followed, by whichever copy of the library came first. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.hono') as never;

type Incoming = IncomingMessage & { [MOUNTED]?: boolean };

/** Makes the routes that matched a request tell when they run. Each is changed once. */
export function followMatch(context: Context): void {
  for (const found of matchOf(context)) followFound(found, false);
}

/** @param all middleware, too, for what it throws: the preload has no middleware of its own to see that. */
function followFound(match: Match, all: boolean): void {
  for (const [registered] of match[0]) {
    if (Object.hasOwn(registered, FOLLOWED)) continue;
    Object.defineProperty(registered, FOLLOWED, { value: true });
    const [handler, route] = registered;
    const kind = kindOf(handler, route);
    if (kind !== 'middleware') registered[0] = traced(handler, route.path, kind === 'mount');
    else if (all) registered[0] = watched(handler);
  }
}

/** The result of the match: kept behind a symbol that has no name, on the class of Hono's requests. */
function matchOf(context: Context): Match[] {
  const prototype = Object.getPrototypeOf(context.req) as object;
  return Object.getOwnPropertySymbols(prototype)
    .map((key) => (context.req as Record<symbol, unknown>)[key])
    .filter((value): value is Match => Array.isArray(value) && Array.isArray(value[0]));
}

/**
 * `app.use` and `app.all` register the same way; what tells them apart is what Hono's own developer
 * tools go by, too: a middleware takes `next`. Applications mounted in a route do so as well.
 */
function kindOf(
  handler: Handler & { __COMPOSED_HANDLER?: Handler },
  route: Route,
): 'route' | 'middleware' | 'mount' {
  if (route.method !== 'ALL') return 'route';
  // A handler of an application with an error handler of its own is wrapped, once for each level.
  let own = handler;
  while (own.__COMPOSED_HANDLER !== undefined) own = own.__COMPOSED_HANDLER;
  if (/\bapplicationHandler\(/.test(Function.prototype.toString.call(own))) return 'mount';
  return own.length > 1 && route.path.endsWith('*') ? 'middleware' : 'route';
}

function traced(handler: Handler, path: string, isMount: boolean): Handler {
  const follow: Handler = (context, next) => {
    const incoming = context.env?.incoming as Incoming | undefined;
    const span = incoming && tracker().spanOf(incoming);
    if (incoming === undefined || span === undefined || incoming[MOUNTED] === true)
      return handler(context, next);
    span.setRoute(path);
    if (isMount) incoming[MOUNTED] = true;
    const leave: Next = () => {
      span.setRoute(null);
      if (isMount) incoming[MOUNTED] = false;
      return next();
    };
    return noting(span, handler, context, leave);
  };
  // Read by `showRoutes` and by whoever asks what is wrapped.
  return Object.assign(follow, { __COMPOSED_HANDLER: handler });
}

function watched(handler: Handler): Handler {
  return (context, next) => {
    const span = context.env?.incoming && tracker().spanOf(context.env.incoming);
    return span === undefined ? handler(context, next) : noting(span, handler, context, next);
  };
}

/** Runs a handler; what it throws, at once or later, is told and passes. */
function noting(span: RequestSpan, handler: Handler, context: Context, next: Next): unknown {
  let result: unknown;
  try {
    result = handler(context, next);
  } catch (error) {
    noteFailure(span, error);
    throw error;
  }
  if (!(result instanceof Promise)) return result;
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
    expectRoute();
    const first = match.call(this, method, path);
    followFound(first, true);
    // From here on the router has a method of its own: that of the router it chose.
    const chosen = this.match;
    if (Object.hasOwn(this, 'match')) {
      this.match = (...args) => {
        expectRoute();
        const found = chosen(...args);
        followFound(found, true);
        return found;
      };
    }
    return first;
  };
}

/** There is a route map: what nobody answers is unmatched, and not guessed from the URL. */
function expectRoute(): void {
  const span = currentScope() as RequestSpan | null;
  if (span?.guess === true) span.setRoute(null);
}
