import cluster from 'node:cluster';
import { followCalls as followCallsOf } from '../calls/follow.ts';
import { hookRouter } from '../frameworks/express/hooks.ts';
import { hookLoaded } from '../frameworks/express/installed.ts';
import { type FastifyInstance, followInstance } from '../frameworks/fastify/follow.ts';
import { hookRequests } from '../frameworks/hapi/follow.ts';
import { hookSmartRouter } from '../frameworks/hono/follow.ts';
import { hookApplication } from '../frameworks/koa/application.ts';
import { hookExceptions } from '../frameworks/nest/errors.ts';
import { hookExpressAdapter } from '../frameworks/nest/express.ts';
import { hookInstalled as hookNest } from '../frameworks/nest/installed.ts';
import { hookPolka } from '../frameworks/polka/follow.ts';
import { hookRouters } from '../frameworks/restana/follow.ts';
import { type AdonisServer, noteRequests } from '../frameworks/told/adonis.ts';
import { watchContexts } from '../frameworks/told/context.ts';
import { nameTold } from '../frameworks/told/index.ts';
import { hookMatchers } from '../frameworks/told/remix.ts';
import { watchStores } from '../frameworks/told/stores.ts';
import { hookTinyhttp } from '../frameworks/told/tinyhttp.ts';
import { defaultMeter } from '../meter/index.ts';
import { ORDERS, takeOrdersOfRun } from '../profile/orders-of-run.ts';
import { tracker } from '../request/index.ts';
import { startRuntime } from '../runtime/index.ts';
import { withUnits } from '../work/load/bundled.ts';

/**
 * How each framework is followed from what its module exports, or what it publishes. Loaded when the first of them is, or
 * when the first server listens.
 */
export const FOLLOW: Readonly<Record<string, (exports: unknown) => void>> = {
  express: (exports) => {
    hookRouter((exports as { Router: unknown }).Router);
    hookNest();
  },
  router: hookRouter,
  '@hapi/hapi': hookRequests,
  '@nestjs/core': hookExceptions,
  '@nestjs/platform-express': (exports) =>
    hookExpressAdapter((exports as { ExpressAdapter: { prototype: object } }).ExpressAdapter.prototype),
  koa: hookApplication,
  hono: hookSmartRouter,
  polka: hookPolka,
  // Its routers are those of 0http.
  restana: () => {},
  '0http': hookRouters,
  '@tinyhttp/app': hookTinyhttp,
  '@adonisjs/http-server': (exports) =>
    noteRequests((exports as { Server: { prototype: AdonisServer } }).Server.prototype),
  '@remix-run/route-pattern': hookMatchers,
  fastify: (instance) => {
    followInstance(instance as FastifyInstance);
    hookNest();
  },
};

/** Whether another process of the same cluster tells of the same program. */
export function isRepeated(): boolean {
  return (cluster.worker?.id ?? 1) > 1;
}

/** A last look, when a server begins to listen, for what came another way than by `require`. */
export function followLoaded(): void {
  hookLoaded();
  tracker().nameTold = nameTold;
  watchContexts();
  watchStores();
}

/** The event loop, garbage collection and memory of the process, unless the environment says otherwise. */
export function measureProcess(): void {
  const meter = defaultMeter();
  if (meter.core.config.runtime !== false) startRuntime(meter);
}

/** Calls of upstreams, where the environment or routemeter-live wants them. */
export function followCalls(): void {
  followCallsOf(defaultMeter());
}

/** Orders of the live server that runs this process, if one does. */
export function takeOrders(): void {
  const address = process.env[ORDERS];
  if (!address) return;
  takeOrdersOfRun(address, (options, started) => defaultMeter().profiled(options, started));
}

/** The units of work of a library, by the name of their source. */
export function followUnits(module: unknown, source: string, put?: (exports: unknown) => void): void {
  withUnits(({ unitInstallation }) => unitInstallation().add(module, source, put));
}

export { enter, naming } from '../request/index.ts';
export { diagnose } from './diagnosis.ts';
export { hookedIn, tellWhenKnown } from './line.ts';
