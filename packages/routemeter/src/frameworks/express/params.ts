import type { ServerResponse } from 'node:http';
import { trampoline } from '../trampoline.ts';
import type { ExpressRequest, Layer, Next } from './layer.ts';
import { noteReads, replace } from './replace.ts';

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
    // Read just before it is called; the last one that was asked is the one that matched.
    noteReads(layers, 'match', (layer) => {
      matched = layer as Layer;
    });
  };

  const wrap = (handler: ParamHandler): ParamHandler => {
    const choose = (request: ExpressRequest, response: ServerResponse, next: Next): Next => {
      const layer = matched;
      matched = null;
      const ours = layer?.route !== undefined && request.route === layer.route;
      return ours ? enter(layer, request, response, next) : next;
    };
    const wrapped = trampoline<ParamHandler>(5, choose, handler, ['nothing', 0, 1, 'observed', 3, 4]);
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
