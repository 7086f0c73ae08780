import type { ServerResponse } from 'node:http';
import { textOf, warnOnce } from '../../errors/index.ts';
import { type RequestSpan, tracker } from '../../request/index.ts';
import { noteFailure } from '../failure.ts';
import type { ExpressRequest, Layer, Next, Place, RawPath } from './layer.ts';
import { hookParams, type ParamRouter } from './params.ts';
import { placeOf } from './place.ts';
import { mark, replace } from './replace.ts';

/** On prototypes: hooked, by whichever copy of the library came first. */
const HOOKED: unique symbol = Symbol.for('routemeter.v1.express') as never;
/** On routers that had a request. */
const SEEN = Symbol('routemeter.seen');
/** On layers: their place, null for none. */
const PLACE = Symbol('routemeter.place');
/** On layers made by `use`: the path as given. */
const NOTED = Symbol('routemeter.path');
/** On requests: the template of the mounts that lead to the router at work. */
const PREFIX: unique symbol = Symbol.for('routemeter.v1.express.prefix') as never;

type Request = ExpressRequest & { [PREFIX]?: string };
type Hooked = Layer & { [PLACE]?: Place | null; [NOTED]?: RawPath };
type Handle = (this: Hooked, request: Request, response: ServerResponse, next: Next) => unknown;
type HandleError = (
  this: Hooked,
  error: unknown,
  request: Request,
  response: ServerResponse,
  next: Next,
) => unknown;

/** A router of Express 4 or of `router` 2.x, and the object that its like inherit from. */
export interface Router {
  [SEEN]?: true;
  stack: Layer[];
  use(...args: unknown[]): unknown;
  handle(request: Request, response: ServerResponse, callback: Next): unknown;
}

function spanOf(request: Request): RequestSpan | undefined {
  return tracker().spanOf(request);
}

/**
 * Follows requests through all routers that `Router` makes: the function that the package `router`
 * exports, or `express.Router`. Does so once, however often it is called.
 */
export function hookRouter(create: unknown): void {
  const sample = (create as () => Router)();
  sample.use(() => {});
  hookPrototypes(methodsOf(sample), Object.getPrototypeOf(sample.stack[0]));
}

/** The same, for the class of a router that exists and has at least one layer. */
export function hookRouterOf(router: Router): void {
  const [layer] = router.stack;
  if (layer !== undefined) hookPrototypes(methodsOf(router), Object.getPrototypeOf(layer));
}

/** The object up the prototype chain on which all routers' methods are. */
function methodsOf(router: Router): Router {
  let at = Object.getPrototypeOf(router) as Router;
  while (!Object.hasOwn(at, 'handle')) at = Object.getPrototypeOf(at) as Router;
  return at;
}

function hookPrototypes(methods: Router & { [HOOKED]?: true }, layers: Record<string, unknown>): void {
  if (Object.hasOwn(methods, HOOKED)) return;
  mark(methods, HOOKED);
  hookUse(methods);
  hookHandle(methods, hookParams(methods as never, layers as never, answeredByRoute));
  const modern = typeof layers.handleRequest === 'function';
  hookLayers(layers, modern ? 'handleRequest' : 'handle_request', modern ? 'handleError' : 'handle_error');
}

/** Notes the path of what is mounted: `router` before 2.3 and Express 4 forget it. */
function hookUse(methods: Router): void {
  const original = methods.use;
  replace(methods, 'use', function use(this: Router, ...args: unknown[]): unknown {
    const before = this.stack.length;
    const result = original.apply(this, args);
    const path = mountPath(args[0]);
    for (const layer of this.stack.slice(before)) Object.defineProperty(layer, NOTED, { value: path });
    return result;
  });
}

function mountPath(first: unknown): RawPath {
  let inner = first;
  while (Array.isArray(inner) && inner.length > 0) inner = inner[0];
  if (typeof inner === 'function') return '/';
  return Array.isArray(first) ? (first.flat(Number.POSITIVE_INFINITY) as RawPath) : (first as RawPath);
}

/** Tells the request that there is a route map: what nobody answers is unmatched, not guessed from the URL. */
function hookHandle(methods: Router, wrapParams: (router: ParamRouter) => void): void {
  const original = methods.handle;
  replace(
    methods,
    'handle',
    function handle(this: Router, request: Request, response: ServerResponse, callback: Next): unknown {
      if (this[SEEN] !== true) see(this, wrapParams);
      if (request[PREFIX] === undefined) {
        request[PREFIX] = '';
        const span = spanOf(request);
        if (span !== undefined && typeof callback === 'function') {
          span.setRoute(null);
          return original.call(this, request, response, noting(span, callback));
        }
      }
      return original.call(this, request, response, callback);
    },
  );
}

/** The first request of a router: what it got before we were there is looked at. */
function see(router: Router, wrapParams: (router: ParamRouter) => void): void {
  Object.defineProperty(router, SEEN, { value: true });
  try {
    wrapParams(router as unknown as ParamRouter);
  } catch (error) {
    contained(error);
  }
}

function contained(error: unknown): void {
  warnOnce('RM_INTERNAL', 'express', `looking at a router failed and was contained: ${textOf(error)}`);
}

/** What leaves the outermost router as an error was thrown by a handler or a middleware. */
function noting(span: RequestSpan, callback: Next): Next {
  return function next(error) {
    if (isError(error)) noteFailure(span, error);
    callback(error);
  };
}

function hookLayers(layers: Record<string, unknown>, request: string, error: string): void {
  const handleRequest = layers[request] as Handle;
  const enterLayer: Handle = function (req, res, next) {
    const place = this[PLACE] === undefined ? locate(this) : this[PLACE];
    if (place === null) return handleRequest.call(this, req, res, next);
    if (!place.isRoute) return handleRequest.call(this, req, res, below(place, req, next));
    const span = spanOf(req);
    if (span === undefined) return handleRequest.call(this, req, res, next);
    if (!res.headersSent) span.setRoute(place.template(req[PREFIX] ?? '', req));
    return handleRequest.call(this, req, res, leaving(span, res, next));
  };
  replace(layers, request, enterLayer);

  const handleError = layers[error] as HandleError;
  const enterHandler: HandleError = function (failure, req, res, next) {
    const span = spanOf(req);
    if (span === undefined) return handleError.call(this, failure, req, res, next);
    noteFailure(span, failure);
    // An error handler of the application that goes on without the error gives the route's answer up.
    const recovers = this.handle.length === 4 && Object.hasOwn(this, 'route');
    return handleError.call(this, failure, req, res, recovers ? leaving(span, res, next) : next);
  };
  replace(layers, error, enterHandler);
}

function locate(layer: Hooked): Place | null {
  let place: Place | null = null;
  try {
    place = placeOf(layer, layer[NOTED]);
  } catch (error) {
    contained(error);
  }
  Object.defineProperty(layer, PLACE, { value: place });
  return place;
}

/** Goes into what is mounted; the returned `next` comes back out. */
function below(place: Place, request: Request, next: Next): Next {
  const above = request[PREFIX] ?? '';
  request[PREFIX] = place.template(above, request);
  return function leaveMount(error) {
    request[PREFIX] = above;
    next(error);
  };
}

/** The `next` of a route: without an error, somebody else will answer. */
function leaving(span: RequestSpan, response: ServerResponse, next: Next): Next {
  return function leaveRoute(error) {
    if (isError(error)) noteFailure(span, error);
    else if (!response.headersSent) span.setRoute(null);
    next(error);
  };
}

/** Names a request after a route before its handlers run, for its parameter handlers. */
function answeredByRoute(layer: Layer, request: Request, response: ServerResponse, next: Next): Next {
  const span = spanOf(request);
  const hooked = layer as Hooked;
  const place = hooked[PLACE] === undefined ? locate(hooked) : hooked[PLACE];
  if (span === undefined || place === null || !place.isRoute) return next;
  if (!response.headersSent) span.setRoute(place.template(request[PREFIX] ?? '', request));
  return function leaveParam(error) {
    if ((error === 'route' || error === 'router') && !response.headersSent) span.setRoute(null);
    next(error);
  };
}

/** The router's own signals are no errors. */
function isError(error: unknown): boolean {
  return Boolean(error) && error !== 'route' && error !== 'router';
}
