import { joinRoute } from './template.ts';

/** On requests: LoopBack's own context. */
const CONTEXT: unique symbol = Symbol.for('loopback.middleware.context') as never;
/** `RestBindings.Operation.ROUTE`: the key under which it keeps what its router found. */
const ROUTE = 'rest.operation.route';

interface Context {
  getSync(key: string, options: { optional: true }): { path?: unknown } | undefined;
}

/**
 * The route that LoopBack 4 found for a request by its own router, which it asks in a function without a
 * path: `/things/{id}`.
 *
 * @returns null where none was found, or a sequence of the application's own does not tell.
 */
export function operationRoute(request: object, prefix: string): string | null {
  const context = (request as { [CONTEXT]?: Context })[CONTEXT];
  if (context === undefined) return null;
  const route = context.getSync(ROUTE, { optional: true });
  // What it hands to routers of Express and to files has the address in place of a template, as its own.
  if (route === undefined || Object.hasOwn(route, 'path')) return null;
  return typeof route.path === 'string' ? joinRoute(prefix, route.path) : null;
}
