import type { IncomingMessage, ServerResponse } from 'node:http';
import { naming, type RequestSpan, tracker } from '../../request/index.ts';
import { joinMount, joinRoute } from '../template.ts';
import { trampoline } from '../trampoline.ts';

/** What was registered; one of `use` has no method. */
interface Route {
  pattern: RegExp;
  method: string;
  handlers: Array<{ id?: unknown }>;
}

type Request = IncomingMessage & { path?: string };
type Lookup = (request: Request, response: ServerResponse, step?: unknown) => unknown;
type Register = (this: Router, ...args: unknown[]) => unknown;

/** A router of 0http, and the class that it and its like inherit from. */
export interface Router {
  id?: unknown;
  routes: Route[];
  use: Register;
  add: Register;
  lookup: Lookup;
}

/** On prototypes and routers: followed, by whichever copy of the library came first. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.restana') as never;
/** On routes: where they stand, as registered. */
const PLACE: unique symbol = Symbol('routemeter.place');

type Placed = Route & { [PLACE]?: { path: string; isMount: boolean } };

/** Where the routers stand that a request goes on to, by their names. */
const mounts = new WeakMap<RequestSpan, Map<unknown, string>>();

/** For the preload: all routers that the module of 0http makes, from here on. */
export function hookRouters(exports: unknown): void {
  followRouter((exports as () => Router)());
}

/** A router, and all that are made after it. */
export function followRouter(router: Router): void {
  followLookup(router);
  const methods = Object.getPrototypeOf(router) as Router & { [FOLLOWED]?: true };
  if (Object.hasOwn(methods, FOLLOWED)) return;
  Object.defineProperty(methods, FOLLOWED, { value: true });
  for (const name of ['use', 'add'] as const) {
    const original = methods[name];
    methods[name] = function (...args) {
      const before = this.routes.length;
      const result = original.apply(this, args);
      notePlaces(this, before, name === 'use' ? args[0] : args[1], name === 'use');
      return result;
    };
  }
  // Each router gets a `lookup` of its own.
  Object.defineProperty(methods, 'lookup', {
    configurable: true,
    get: () => undefined,
    set(this: Router, lookup: Lookup) {
      put(this, lookup);
      followLookup(this);
    },
  });
}

/** Notes under which path a router's routes from the given one on were registered: under one, or each of several. */
export function notePlaces({ routes }: Router, from: number, path: unknown, isMount: boolean): void {
  for (let at = from; at < routes.length; at++) {
    const own: unknown = Array.isArray(path) ? path[at - from] : path;
    Object.defineProperty(routes[at], PLACE, { value: { path: textOf(own), isMount }, configurable: true });
  }
}

function textOf(path: unknown): string {
  if (path instanceof RegExp) return path.source;
  if (typeof path !== 'string') return '/';
  return path.startsWith('/') ? path : `/${path}`;
}

function put(router: Router, value: Lookup): void {
  Object.defineProperty(router, 'lookup', { value, writable: true, enumerable: true, configurable: true });
}

function followLookup(router: Router & { [FOLLOWED]?: true }): void {
  if (router.lookup === undefined || Object.hasOwn(router, FOLLOWED)) return;
  Object.defineProperty(router, FOLLOWED, { value: true });
  const enter = (request: Request): void => {
    const span = tracker().spanOf(request);
    if (span !== undefined) name(span, router, request);
  };
  put(router, trampoline(3, enter, router.lookup, ['nothing', 0, 1, 2]));
}

/** Names a request after the first of the routes that will run, or the mount that leads on. */
function name(span: RequestSpan, router: Router, { url = '/', method = '' }: Request): void {
  const outer = mounts.get(span);
  const prefix = outer?.get(router.id) ?? '';
  const path = url.replace(/[?#].*$/, '');
  let found = prefix === '' ? null : prefix;
  for (const route of router.routes as Placed[]) {
    if (!isFor(route, method) || !route.pattern.test(path)) continue;
    const { path: own, isMount } = route[PLACE] ?? { path: '/', isMount: true };
    const inner = route.handlers.find(({ id }) => id !== undefined);
    if (inner !== undefined) {
      const below = joinMount(prefix, own);
      mounts.set(span, (outer ?? new Map<unknown, string>()).set(inner.id, below));
      found = below === '' ? null : below;
      break;
    }
    // A function without a path may be for everything.
    if (isMount && own !== '/') found = joinMount(prefix, own);
    if (isMount) continue;
    found = joinRoute(prefix, own);
    break;
  }
  span.setRoute(found);
  if (found !== null) naming().note('restana');
}

function isFor({ method }: Route, asked: string): boolean {
  return method === '' || method === asked || (asked === 'HEAD' && method === 'GET');
}
