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
import { defaultMeter } from '../meter/index.ts';
import { startRuntime } from '../runtime/index.ts';
import { unitInstallation } from '../work/installation.ts';

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

/** The units of work of a library, by the name of their source. */
export function followUnits(module: unknown, source: string): void {
  unitInstallation().add(module, source);
}

export { enter } from '../request/index.ts';
export { diagnose } from './diagnosis.ts';
