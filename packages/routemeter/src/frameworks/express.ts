import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Meter } from '../meter/index.ts';
import { tracker } from '../request/index.ts';
import { hookRouterOf, type Router } from './express/hooks.ts';
import { hookInstalled, hookLoaded } from './express/installed.ts';
import { keep, restore } from './express/replace.ts';
import { mountOf } from './mount.ts';
import { isOff, ownMeter } from './own-meter.ts';

hookInstalled();

/** A middleware of Express. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

type Handle = (request: IncomingMessage, response: ServerResponse, callback?: unknown) => unknown;

/** An application of Express 4 (`_router`) or 5 (`router`). */
interface Application {
  _router?: Router;
  router?: Router;
  handle: Handle;
}

/** Claims a request for the middleware's meter, and runs `fn.call(thisArg, a, b, c)` as part of it. */
type Enter = <A, B, C>(
  request: IncomingMessage,
  response: ServerResponse,
  fn: (a: A, b: B, c: C) => unknown,
  thisArg: unknown,
  a: A,
  b: B,
  c: C,
) => unknown;

/** How many layers Express 4 puts before the first of the application. */
const OWN_LAYERS = 2;

/**
 * Measures every request of an Express 4 or 5 application, by the template of the route that
 * answered. Stands first in the application.
 *
 * Route names are exact where this module is imported before the routers are made.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * app.use(expressMeter(createMeter({ prefix: 'myapp' })))
 */
export function expressMeter(meter?: Meter): ExpressMiddleware {
  const own = ownMeter(
    meter,
    'expressMeter() takes a meter, or nothing: write app.use(expressMeter()) or app.use(expressMeter(createMeter(...)))',
  );
  if (isOff(own)) {
    restore();
    return (_request, _response, next) => next();
  }
  keep();
  hookLoaded();
  let hooked = false;
  /** Copies of Express that were loaded since are met at the first request. */
  const enter: Enter = (request, response, fn, thisArg, a, b, c) => {
    if (!hooked) {
      hooked = true;
      hookLoaded();
      hookApplication((request as { app?: Application }).app);
    }
    return run(own, request, response, fn, thisArg, a, b, c);
  };
  const middleware: ExpressMiddleware = function expressMeter(request, response, next) {
    enter(request, response, next, undefined, undefined, undefined, undefined);
  };
  return mountable(middleware, enter);
}

/** Claims a request, and runs `fn.call(thisArg, a, b, c)` as part of it. */
function run<A, B, C>(
  own: Meter | null,
  request: IncomingMessage,
  response: ServerResponse,
  fn: (a: A, b: B, c: C) => unknown,
  thisArg: unknown,
  a: A,
  b: B,
  c: C,
): unknown {
  const all = tracker();
  const isRunning = all.spanOf(request) !== undefined;
  const span = all.claim(request, response, own);
  // Inside a mount: what answers there and is no route is named after it.
  if (!isRunning) span?.setRoute(mountOf(request)?.name ?? null);
  if (isRunning || span === null) return fn.call(thisArg, a, b, c);
  return all.run(span, response, fn, thisArg, a, b, c);
}

function hookApplication(app: Application | undefined): void {
  const router = app && routerOf(app);
  if (router !== undefined) hookRouterOf(router);
}

function routerOf(app: Application): Router | undefined {
  // Express 4 has a `router` that throws.
  return (
    app._router ?? (Object.getOwnPropertyDescriptor(app, 'router')?.configurable ? app.router : undefined)
  );
}

/**
 * Express hands whatever looks like an application its parent when it is mounted, which is how a
 * copy of Express that nobody could find by name is reached before further routers are filled. The
 * wrapper that it puts around applications, which costs time on each request, is taken off again.
 */
function mountable(middleware: ExpressMiddleware, enter: Enter): ExpressMiddleware {
  const looks = {
    handle: middleware,
    set: () => {},
    emit: (_event: string, parent: Application) => {
      const router = routerOf(parent);
      const layer = router?.stack.at(-1);
      if (router === undefined || layer === undefined) return;
      hookRouterOf(router);
      // Whatever Express has put around it: the layer is to call it directly.
      Object.assign(layer, { handle: middleware, name: middleware.name });
      const { mountpath } = middleware as { mountpath?: unknown };
      const isFirst = router.stack.length === (parent._router === undefined ? 1 : OWN_LAYERS + 1);
      const isAlone = isFirst && !claimedBefore.has(parent);
      if (isAlone && mountpath === '/') claimBefore(parent, router, enter);
    },
  };
  for (const [key, value] of Object.entries(looks)) Object.defineProperty(middleware, key, { value });
  return middleware;
}

/** Applications whose requests are claimed before their router begins. */
const claimedBefore = new WeakSet<Application>();

/**
 * The first middleware of an application does nothing that cannot be done before its router begins.
 * There it stands below the frames of the router in the stack of an error, and the ten that V8 keeps are
 * those of an application without it. Its layer is taken off: the router would ask it for each request.
 */
function claimBefore(app: Application, router: Router, enter: Enter): void {
  claimedBefore.add(app);
  router.stack.pop();
  const original = app.handle;
  app.handle = function handle(request, response, callback) {
    return enter(request, response, original, this, request, response, callback);
  };
}
