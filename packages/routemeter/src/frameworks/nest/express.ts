import type { IncomingMessage, ServerResponse } from 'node:http';
import { tracker } from '../../request/index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, ...rest: unknown[]) => unknown;

/** What is used of Nest's adapter for Express. */
interface ExpressAdapter {
  setNotFoundHandler(handler: Handler, ...rest: unknown[]): unknown;
  createMiddlewareFactory(method: unknown): (path: string, callback: Handler) => unknown;
}

/** Marks adapters, and what they inherit from, that are followed. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.nest') as never;

/**
 * Nest answers what no controller does, and runs middleware, by routes of Express (`/api/*path`):
 * these are no routes of the application. Takes an adapter or the prototype of all of them.
 */
export function hookExpressAdapter(target: object): void {
  const adapter = target as ExpressAdapter & { [FOLLOWED]?: true };
  if (adapter[FOLLOWED]) return;
  Object.defineProperty(adapter, FOLLOWED, { value: true });
  const { setNotFoundHandler, createMiddlewareFactory } = adapter;
  define(adapter, 'setNotFoundHandler', function (this: unknown, handler: Handler, ...rest: unknown[]) {
    return setNotFoundHandler.call(this as ExpressAdapter, unnamed(handler), ...rest);
  });
  define(adapter, 'createMiddlewareFactory', function (this: unknown, method: unknown) {
    const register = createMiddlewareFactory.call(this as ExpressAdapter, method);
    return (path: string, callback: Handler) => register(path, unnamed(callback));
  });
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

function unnamed(handler: Handler): Handler {
  return function (this: unknown, request, response, ...rest) {
    tracker().spanOf(request)?.setRoute(null);
    return handler.call(this, request, response, ...rest);
  };
}
