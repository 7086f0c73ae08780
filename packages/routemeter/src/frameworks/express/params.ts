import type { ServerResponse } from 'node:http';
import type { ExpressRequest, Layer, Next } from './layer.ts';
import { replace } from './replace.ts';

type ParamHandler = (
  request: ExpressRequest,
  response: ServerResponse,
  next: Next,
  value: unknown,
  name: string,
) => unknown;
type Enter = (layer: Layer, request: ExpressRequest, response: ServerResponse, next: Next) => Next;

export interface ParamRouter {
  params: Record<string, ParamHandler[]>;
  param(...args: unknown[]): unknown;
}

interface Layers {
  match(this: Layer, path: string): unknown;
}

const WRAPPED = new WeakSet<object>();

/**
 * Lets `enter` know of a route whose parameter handlers are about to run: they do so before the
 * route is entered, and may answer in its place.
 *
 * The router calls the first of them right after it matched, in the same turn; which layer that was
 * is seen by `match`. Applications without parameter handlers pay nothing for this.
 *
 * @returns a function that does so for the handlers that a router has by now.
 */
export function hookParams(
  methods: ParamRouter,
  layers: Layers,
  enter: Enter,
): (router: ParamRouter) => void {
  let matched: Layer | null = null;
  let watching = false;

  const watch = (): void => {
    if (watching) return;
    watching = true;
    const match = layers.match;
    layers.match = function (path) {
      const result = match.call(this, path);
      if (result) matched = this;
      return result;
    };
  };

  const wrap = (handler: ParamHandler): ParamHandler => {
    const wrapped: ParamHandler = function (this: unknown, request, response, next, value, name) {
      const layer = matched;
      matched = null;
      const ours = layer?.route !== undefined && request.route === layer.route;
      return handler.call(
        this,
        request,
        response,
        ours ? enter(layer, request, response, next) : next,
        value,
        name,
      );
    };
    WRAPPED.add(wrapped);
    return wrapped;
  };

  const wrapAll = (router: ParamRouter): void => {
    for (const name of Object.keys(router.params)) {
      watch();
      const handlers = router.params[name]!;
      for (const [index, handler] of handlers.entries())
        if (!WRAPPED.has(handler)) handlers[index] = wrap(handler);
    }
  };

  const param = methods.param;
  replace(methods, 'param', function (this: ParamRouter, ...args: unknown[]): unknown {
    const result = param.apply(this, args);
    wrapAll(this);
    return result;
  });

  return wrapAll;
}
