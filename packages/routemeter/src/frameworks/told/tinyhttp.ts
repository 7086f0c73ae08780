import type { Teller } from './teller.ts';

/** What was registered, as tinyhttp puts it on the request while it runs. */
interface Layer {
  type?: 'mw' | 'route';
  path?: string;
  method?: string;
  regex?: { pattern?: RegExp };
}

/** What is used of an application of tinyhttp. */
export interface App {
  middleware: Layer[];
  settings: { enableReqRoute?: boolean; bindAppToReqRes?: boolean };
  parent?: App;
  handler: unknown;
  /** The mounts above it. */
  path(): string;
}

/** On prototypes: followed, by whichever copy of the library came first. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.tinyhttp') as never;

/** tinyhttp 3, and json-server 1 that is built on it: it notes what it runs, as its settings have it. */
export const tinyhttp: Teller = {
  framework: '@tinyhttp/app',
  route(request, _response, span) {
    const { app, route } = request as { app?: App; route?: Layer };
    if (!Array.isArray(app?.middleware) || app.settings?.enableReqRoute !== true) return undefined;
    return route === undefined ? null : templateOf(route, app, request.method, span.url);
  },
};

/** What answered has its path below the mount of the application that it was registered with. */
function templateOf(layer: Layer, innermost: App, method: string | undefined, url: string): string | null {
  for (let app: App | undefined = innermost; app !== undefined; app = app.parent) {
    if (!app.middleware.includes(layer)) continue;
    const mount = app.path().replace(/\/$/, '');
    const path = layer.path ?? '/';
    // A middleware without a path may answer everything.
    if (layer.type === 'mw' && path === '/') return mount || null;
    if (layer.type === 'mw' && mount === '' && path.includes(':'))
      return routeBefore(layer, app, method, url);
    return path === '/' ? mount || '/' : mount + path;
  }
  return null;
}

/**
 * json-server answers in a middleware at `/:name` what its routes have found, `/:name/:id` among them: a route below the
 * same path that ran before and went on tells more than that.
 */
function routeBefore(layer: Layer, { middleware }: App, method: string | undefined, url: string): string {
  const path = layer.path!;
  const [pathname = ''] = url.split('?');
  const verb = method === 'HEAD' ? 'GET' : method;
  const route = middleware
    .slice(0, middleware.indexOf(layer))
    .findLast(
      (one) =>
        one.type === 'route' &&
        one.method === verb &&
        one.path?.startsWith(`${path}/`) === true &&
        one.regex?.pattern?.test(pathname) === true,
    );
  return route?.path ?? path;
}

/** Has an application note on requests what it runs. */
export function noteLayers({ settings }: App): void {
  settings.enableReqRoute = true;
  settings.bindAppToReqRes = true;
}

/** For the preload: all applications of a copy of tinyhttp, each of which asks for its handler when it is made. */
export function hookTinyhttp(exports: unknown): void {
  const { prototype } = (exports as { App: { prototype: App & { [FOLLOWED]?: true } } }).App;
  if (Object.hasOwn(prototype, FOLLOWED)) return;
  Object.defineProperty(prototype, FOLLOWED, { value: true });
  const { handler } = prototype;
  Object.defineProperty(prototype, 'handler', {
    configurable: true,
    get(this: App) {
      if (this.settings !== undefined) noteLayers(this);
      return handler;
    },
  });
}
