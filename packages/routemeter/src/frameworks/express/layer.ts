import type { IncomingMessage } from 'node:http';

/** A path as applications register it. */
export type RawPath = string | RegExp | readonly RawPath[];

export type Next = (error?: unknown) => void;

/** The parts of Express's layer that are the same, or known, in `router` 2.x and in Express 4. */
export interface Layer {
  handle: { length: number; name: string };
  /** Own property of layers in a router: undefined for `use`. Layers inside a route do not have it. */
  route?: Route | undefined;
  /** Since `router` 2.3. */
  rawPath?: RawPath;
  /** `router` 2.x: one per element of an array. */
  matchers?: ReadonlyArray<(path: string) => unknown>;
  /** `router` 2.x: used without a path. */
  slash?: boolean;
  /** Express 4; arrays are merged into one. */
  regexp?: RegExp & { fast_slash?: boolean };
  keys?: ReadonlyArray<{ name: string | number; optional?: boolean }>;
  match(path: string): unknown;
}

export type LayerClass = new (path: RawPath, options: object, handle: () => void) => Layer;

export interface Route {
  path: RawPath;
}

export interface ExpressRequest extends IncomingMessage {
  route?: Route;
  app?: unknown;
  /** Memory of `parseurl`, which the router asks for the path just before it matches. */
  _parsedUrl?: { pathname?: string | null };
}

/** Elements of a path, nested arrays laid out. */
export function elements(path: RawPath): Array<string | RegExp> {
  return Array.isArray(path)
    ? (path.flat(Number.POSITIVE_INFINITY) as Array<string | RegExp>)
    : [path as string | RegExp];
}

/** Where a layer stands in the route map. */
export interface Place {
  /** Whether it answers by itself; else it leads to what is mounted. */
  readonly isRoute: boolean;
  /** The template of this layer, below what it is mounted under, for the path that just matched. */
  template(prefix: string, request: ExpressRequest): string;
}
