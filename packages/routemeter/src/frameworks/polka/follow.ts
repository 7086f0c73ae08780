import { currentUnit } from '../../meter/index.ts';
import { naming, type RequestSpan, requestOf } from '../../request/index.ts';
import { joinRoute } from '../template.ts';

type Handlers = readonly unknown[];

/** What is used of an application of polka 0.5, which inherits its router. */
export interface Polka {
  /** By method and path as registered. */
  handlers: Record<string, Record<string, Handlers>>;
  /** Applications, and other functions, by the first part of the path that they are mounted at. */
  apps: Record<string, Polka>;
  bwares: Record<string, unknown>;
  find(method: string, path: string): { handlers: Handlers } | false;
}

/** On applications and prototypes: followed, by whichever copy of the library came first. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.polka') as never;

/** The application that a request goes on to, and under which path. */
interface Mounted {
  app: Polka;
  prefix: string;
}
const mounts = new WeakMap<RequestSpan, Mounted>();
const paths = new WeakMap<Handlers, string>();

/**
 * Follows an application, or all of a class: polka looks for the route before anything runs, and what it finds
 * names the request. Nothing of ours is left when handlers run.
 */
export function followPolka(app: Polka & { [FOLLOWED]?: true }): void {
  if (app[FOLLOWED] !== undefined) return;
  Object.defineProperty(app, FOLLOWED, { value: true });
  const { find } = app;
  app.find = function (method, path) {
    const found = find.call(this, method, path);
    const span = requestOf(currentUnit());
    if (span !== null) name(span, this, found, path);
    return found;
  };
}

/** For the preload: what the package exports makes an application. */
export function hookPolka(exports: unknown): void {
  followPolka(Object.getPrototypeOf((exports as () => Polka)()) as Polka);
}

function name(span: RequestSpan, app: Polka, found: { handlers: Handlers } | false, path: string): void {
  const mounted = mounts.get(span);
  const prefix = mounted?.app === app ? mounted.prefix : '';
  const base = baseOf(path);
  if (found !== false) {
    span.setRoute(joinRoute(prefix, pathOf(app, found.handlers)));
  } else if (app.apps[base] !== undefined) {
    mounts.set(span, { app: app.apps[base], prefix: prefix + base });
    span.setRoute(prefix + base);
  } else if (app.bwares[base] !== undefined) {
    span.setRoute(prefix + base);
  } else {
    span.setRoute(prefix === '' ? null : prefix);
  }
  if (span.name() !== null) naming().note('polka');
}

/** As polka cuts it off. */
function baseOf(path: string): string {
  const end = path.indexOf('/', 1);
  return end > 1 ? path.slice(0, end) : path;
}

function pathOf(app: Polka, handlers: Handlers): string {
  const known = paths.get(handlers);
  if (known !== undefined) return known;
  for (const routes of Object.values(app.handlers)) {
    for (const path in routes) if (routes[path] !== undefined) paths.set(routes[path], lead(path));
  }
  return paths.get(handlers) ?? '';
}

function lead(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
