import type { ServerResponse } from 'node:http';
import { textOf, warnOnce } from '../../errors/index.ts';
import { naming, type RequestSpan, tracker } from '../../request/index.ts';
import { leaver } from '../exit.ts';
import { noteFailure } from '../failure.ts';
import { mountOf, prefixAt, prefixOf, setMount, takenFrom } from '../mount.ts';
import { trampoline } from '../trampoline.ts';
import { nameBehind } from './behind.ts';
import type { ExpressRequest, Layer, Next, Place, RawPath } from './layer.ts';
import { ExpressMount, isIn, ParamExit, RouteExit } from './leave.ts';
import { hookParams, type ParamRouter } from './params.ts';
import { placeOf } from './place.ts';
import { mark, replace, replaceFor } from './replace.ts';

/** On prototypes: hooked, by whichever copy of the library came first. */
const HOOKED: unique symbol = Symbol.for('routemeter.v1.express') as never;
/** On routers that had a request. */
const SEEN = Symbol('routemeter.seen');
/** On layers: their place, null for none. */
const PLACE = Symbol('routemeter.place');
/** On layers made by `use`: the path as given. */
const NOTED = Symbol('routemeter.path');

type Hooked = Layer & { [PLACE]?: Place | null; [NOTED]?: RawPath };
type Handle = (this: Hooked, request: ExpressRequest, response: ServerResponse, next: Next) => unknown;
type HandleError = (
  this: Hooked,
  error: unknown,
  request: ExpressRequest,
  response: ServerResponse,
  next: Next,
) => unknown;

/** A router of Express 4 or of `router` 2.x, and the object that its like inherit from. */
export interface Router {
  [SEEN]?: true;
  stack: Layer[];
  use(...args: unknown[]): unknown;
  handle(request: ExpressRequest, response: ServerResponse, callback: Next): unknown;
}

function spanOf(request: ExpressRequest): RequestSpan | undefined {
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
  tracker().nameLate = nameBehind;
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

/** Tells the request that there is a route map, and where in the address its outermost router stands. */
function hookHandle(methods: Router, wrapParams: (router: ParamRouter) => void): void {
  const enter = (router: Router, request: ExpressRequest, response: ServerResponse, callback: Next): Next => {
    if (router[SEEN] !== true) see(router, wrapParams);
    const above = mountOf(request);
    if (isIn(above) || typeof callback !== 'function') return callback;
    const span = spanOf(request);
    if (span !== undefined) span.expectRoute();
    const taken = takenFrom(request, span, request.url ?? '');
    const template = prefixAt(above, span, taken);
    const name = span === undefined ? null : span.name();
    const mount = new ExpressMount(above, template, taken, name, request, response, callback);
    setMount(request, mount);
    return leaver(mount);
  };
  replaceFor(methods, 'handle', (original) => ({
    run: trampoline(4, enter, original, [0, 1, 2, 'observed']),
    seen(this: Router, request: ExpressRequest, response: ServerResponse, callback: Next) {
      return original.call(this, request, response, enter(this, request, response, callback));
    },
  }));
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

function hookLayers(layers: Record<string, unknown>, request: string, error: string): void {
  const hooked = layers as unknown as Record<string, Handle & HandleError>;
  replaceFor(hooked, request, (original) => ({
    run: trampoline(4, enterLayer, original, [0, 1, 2, 'observed']),
    seen(this: Hooked, req: ExpressRequest, res: ServerResponse, next: Next) {
      return (original as Handle).call(this, req, res, enterLayer(this, req, res, next));
    },
    isFor: (layer: Hooked) => placeIn(layer) !== null,
  }));
  replaceFor(hooked, error, (original) => ({
    run: trampoline(5, enterHandler, original, [0, 1, 2, 3, 'observed']),
    seen(this: Hooked, failure: unknown, req: ExpressRequest, res: ServerResponse, next: Next) {
      return (original as HandleError).call(
        this,
        failure,
        req,
        res,
        enterHandler(this, failure, req, res, next),
      );
    },
  }));
}

/** Goes into a route or a mount; the returned `next` comes back out. */
function enterLayer(layer: Hooked, request: ExpressRequest, response: ServerResponse, next: Next): Next {
  const place = placeIn(layer);
  if (place === null) return next;
  const span = spanOf(request);
  if (place.isRoute) {
    if (span === undefined) return next;
    if (!response.headersSent)
      nameBy(span, place.template(prefixOf(request, span, request.url ?? ''), request));
    return leaver(new RouteExit(request, response, next));
  }
  const above = mountOf(request);
  const taken = takenFrom(request, span, request.url ?? '');
  // Where the router stands that the mount is in: before what the router has just cut off.
  const cut = (request.baseUrl?.length ?? 0) - (isIn(above) ? above.base : 0);
  const template = place.template(prefixAt(above, span, taken < 0 ? taken : taken - cut), request);
  const mount = new ExpressMount(above, template, taken, template, request, response, next);
  setMount(request, mount);
  if (span !== undefined && !response.headersSent) nameBy(span, template);
  return leaver(mount);
}

/** An error handler of the application that goes on without the error gives the route's answer up. */
function enterHandler(
  layer: Hooked,
  failure: unknown,
  request: ExpressRequest,
  response: ServerResponse,
  next: Next,
): Next {
  const span = spanOf(request);
  if (span === undefined) return next;
  noteFailure(span, failure);
  const recovers = layer.handle.length === 4 && Object.hasOwn(layer, 'route');
  return recovers ? leaver(new RouteExit(request, response, next)) : next;
}

function nameBy(span: RequestSpan, template: string): void {
  span.setRoute(template);
  naming().note('express');
}

function placeIn(layer: Hooked): Place | null {
  return layer[PLACE] === undefined ? locate(layer) : layer[PLACE];
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

/** Names a request after a route before its handlers run, for its parameter handlers. */
function answeredByRoute(layer: Layer, request: ExpressRequest, response: ServerResponse, next: Next): Next {
  const span = spanOf(request);
  const place = placeIn(layer as Hooked);
  if (span === undefined || place === null || !place.isRoute) return next;
  if (!response.headersSent)
    nameBy(span, place.template(prefixOf(request, span, request.url ?? ''), request));
  return leaver(new ParamExit(request, response, next));
}
