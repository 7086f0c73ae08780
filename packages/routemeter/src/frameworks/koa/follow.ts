import { naming, type RequestSpan, tracker } from '../../request/index.ts';
import { noteFailure } from '../failure.ts';
import { serviceRoute } from '../feathers.ts';
import { fitsAddress, prefixOf } from '../mount.ts';
import { joinRoute, Template } from '../template.ts';
import { Answer } from './answer.ts';
import { answeredPrefix, watchMounts } from './mount.ts';
import type { Application, Context, Layer, Middleware, Next, Router } from './types.ts';

const HOOKED: unique symbol = Symbol.for('routemeter.v1.koa') as never;

const prepared = new WeakSet<Application>();
const spanOf = (context: Context): RequestSpan | undefined => tracker().spanOf(context.req);

/** Gets hold of the routers of an application, before its first request goes on. */
export function prepare(app: Application): void {
  if (prepared.has(app)) return;
  prepared.add(app);
  watchMounts(Object.getPrototypeOf(app.context) as object);
  for (const { router } of app.middleware) if (router !== undefined) hookRouter(router);
}

/**
 * Names what a router hidden in another function answered, and gets hold of it for the requests to
 * come. For the end of a request.
 */
export function lookBack(context: Context, span: RequestSpan): void {
  const { router, _matchedRoute: path } = context;
  if (context.lookup !== undefined) nameService(context, span);
  if (router === undefined || !hookRouter(router) || path === undefined) return;
  const name = path instanceof RegExp ? path.source : path;
  span.setRoute(joinRoute(answeredPrefix(context) ?? prefixHere(context, span), name));
  naming().note('koa');
}

/** Feathers finds its services by a router of its own; one that went on to a route has its name. */
function nameService(context: Context, span: RequestSpan): void {
  const prefix = prefixHere(context, span);
  if (span.name() !== (prefix === '' ? null : prefix)) return;
  const route = serviceRoute(context.app, context.lookup, prefix, (one) => fitsAddress(one, span.url));
  if (route === null) return;
  span.setRoute(route);
  naming().note('koa');
}

function prefixHere({ req }: Context, span: RequestSpan): string {
  return prefixOf(req, span, req.url ?? '');
}

/** Follows all routers of the same class. Returns false if that was done before. */
function hookRouter(router: Router): boolean {
  let methods = Object.getPrototypeOf(router) as Router & { [HOOKED]?: true };
  while (!Object.hasOwn(methods, 'match') && Object.getPrototypeOf(methods) !== null) {
    methods = Object.getPrototypeOf(methods);
  }
  if (methods[HOOKED] !== undefined || typeof methods.match !== 'function') return false;
  Object.defineProperty(methods, HOOKED, { value: true });
  const match = methods.match;
  methods.match = function (path, method) {
    const matched = match.call(this, path, method);
    matched.pathAndMethod = matched.pathAndMethod.map(traced);
    return matched;
  };
  return true;
}

/** Layers as the router runs them: with a step of ours before and one after their own. */
const views = new WeakMap<Layer, Layer>();

function traced(layer: Layer): Layer {
  if (layer.methods.length === 0) return layer;
  const known = views.get(layer);
  // Parameter handlers may be added at any time.
  if (known !== undefined && known.stack.length === layer.stack.length + 2) return known;
  const template = new Template(layer.path, joinRoute);
  const enter: Middleware = (context, next) => enterRoute(context, next, template);
  const view = Object.create(layer, { stack: { value: [enter, ...layer.stack, leaveRoute] } }) as Layer;
  views.set(layer, view);
  return view;
}

async function enterRoute(context: Context, next: Next, template: Template): Promise<unknown> {
  const span = spanOf(context);
  if (span === undefined || context.res.headersSent) return next();
  const former = span.route;
  const before = new Answer(context);
  span.setRoute(template.below(prefixHere(context, span)));
  naming().note('koa');
  let result: unknown;
  try {
    result = await next();
  } catch (error) {
    noteFailure(span, error);
    throw error;
  }
  if (!before.isAnswered(context)) span.setRoute(former === '' ? null : former);
  return result;
}

/** The handlers of the route have called `next`: what answers from here on is not the route, unless nobody does. */
async function leaveRoute(context: Context, next: Next): Promise<unknown> {
  const span = spanOf(context);
  if (span === undefined || context.res.headersSent) return next();
  const name = span.route;
  const before = new Answer(context);
  if (!before.isGiven) span.setRoute(null);
  const result = await next();
  if (!before.isAnswered(context)) span.setRoute(name);
  return result;
}
