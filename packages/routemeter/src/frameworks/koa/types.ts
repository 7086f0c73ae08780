import type { IncomingMessage, ServerResponse } from 'node:http';

export type Next = () => Promise<unknown>;
export type Middleware = ((context: Context, next: Next) => unknown) & { router?: Router };

/** What is used of a Koa context. */
export interface Context {
  req: IncomingMessage;
  res: ServerResponse;
  app: Application;
  path: string;
  originalUrl: string;
  status: number;
  body: unknown;
  respond?: boolean;
  response: { _explicitStatus?: boolean };
  router?: Router;
  /** The path of the layer of @koa/router that was entered last. */
  _matchedRoute?: string | RegExp;
  /** What Feathers found. */
  lookup?: unknown;
}

/** What is used of an application of Koa 2 or 3. */
export interface Application {
  middleware: Middleware[];
  /** Every context inherits from it, and it from Koa's own. */
  context: object;
}

/** A route, or a middleware, of @koa/router; its path has all prefixes. */
export interface Layer {
  path: string | RegExp;
  /** None for a middleware. */
  methods: readonly string[];
  stack: Middleware[];
}

/** A router of @koa/router or koa-router. */
export interface Router {
  match(path: string, method: string): { pathAndMethod: Layer[] };
}
