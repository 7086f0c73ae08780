import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Meter } from '../../meter/index.ts';
import { tracker } from '../../request/index.ts';
import { type FastifyInstance, measureRequests } from '../fastify/follow.ts';

interface Request {
  raw: IncomingMessage;
  is404: boolean;
  routeOptions: { url?: string | undefined };
}
type Hook = (request: Request, reply: { raw: ServerResponse }, done: (error?: Error) => void) => unknown;

/** What is used of Nest's adapter for Fastify. */
export interface FastifyAdapter {
  getInstance(): unknown;
  setOnRequestHook(hook: Hook): void;
}

/**
 * Claims the requests of Nest's Fastify instance and names them. Nest has its middleware in place
 * before any module is made: what must come before is run in the place that it keeps for a hook.
 */
export function followFastify(adapter: FastifyAdapter, meter: Meter): void {
  const instance = adapter.getInstance() as FastifyInstance;
  measureRequests(instance, meter);
  let own: Hook | null = null;
  adapter.setOnRequestHook((request, reply, done) => {
    const span = tracker().spanOf(request.raw);
    span?.setRoute(request.is404 ? null : (request.routeOptions.url ?? null));
    return own === null ? done() : own(request, reply, done);
  });
  adapter.setOnRequestHook = (hook) => {
    own = hook;
  };
}
