import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Meter } from '../../meter/index.ts';
import { tracker } from '../../request/index.ts';
import { noteFailure } from '../failure.ts';
import { httpMeter } from '../http.ts';

interface RouteContext {
  config?: { url?: string | undefined };
}

interface FastifyRequest {
  raw: IncomingMessage;
  routeOptions: RouteContext;
}

interface FastifyReply {
  raw: ServerResponse;
}

interface RegisteredRoute {
  url: string;
  routePath: string;
  prefix: string;
}

type Done = () => void;

/** What is used of a Fastify instance. */
export interface FastifyInstance {
  server: EventEmitter;
  version: string;
  addHook(name: 'onRoute', hook: (route: RegisteredRoute) => void): unknown;
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, done: Done) => void,
  ): unknown;
  addHook(
    name: 'onError',
    hook: (request: FastifyRequest, reply: FastifyReply, error: unknown, done: Done) => void,
  ): unknown;
}

/** On instances that name their requests; plugins inside them inherit it. */
const NAMING: unique symbol = Symbol.for('routemeter.v1.fastify') as never;

/** Claims the requests of an instance, from their arrival on, for `meter` or the process's own. */
export function claimRequests(instance: FastifyInstance, meter: Meter | null): void {
  httpMeter(instance.server, { ...(meter && { meter }), route: () => null });
  // Fastify makes further servers for further addresses of `localhost`; tests inject without any.
  instance.addHook('onRequest', function claimRequest(request, reply, done) {
    const all = tracker();
    const isRunning = all.spanOf(request.raw) !== undefined;
    const span = all.claim(request.raw, reply.raw, meter);
    if (span === null || isRunning) done();
    else all.run(span, reply.raw, done, undefined, undefined, undefined, undefined);
  });
}

/** Names the requests of an instance and of all plugins inside it: Fastify has routed when the first hook runs. */
export function nameRequests(instance: FastifyInstance & { [NAMING]?: true }): void {
  if (instance[NAMING] !== undefined) return;
  Object.defineProperty(instance, NAMING, { value: true });
  const roots = new Map<string, string>();
  instance.addHook('onRoute', function noteRoot({ url, routePath, prefix }) {
    // Registered twice by default, with the slash and without: both are the plugin's own root.
    if (prefix && routePath === '/' && url === `${prefix}/`) roots.set(url, prefix);
  });
  instance.addHook('onRequest', function nameRequest(request, _reply, done) {
    const span = tracker().spanOf(request.raw);
    if (span !== undefined) {
      const url = contextOf(request).config?.url;
      span.setRoute(url === undefined ? null : (roots.get(url) ?? url));
    }
    done();
  });
  instance.addHook('onError', function noteError(request, _reply, error, done) {
    const span = tracker().spanOf(request.raw);
    if (span !== undefined) noteFailure(span, error);
    done();
  });
}

/** For the preload: what Fastify refuses before any hook runs is unmatched, and not guessed from its URL. */
export function followInstance(instance: FastifyInstance): void {
  instance.server.prependListener('request', expectRoute);
  nameRequests(instance);
}

function expectRoute(request: IncomingMessage): void {
  tracker().spanOf(request)?.setRoute(null);
}

let contextKey: symbol | null = null;

/** The route of a request where Fastify keeps it: its own getter makes a new object on each call. */
function contextOf(request: FastifyRequest): RouteContext {
  contextKey ??=
    Object.getOwnPropertySymbols(request).find((key) => key.description === 'fastify.context') ?? Symbol();
  return (request as unknown as Record<symbol, RouteContext | undefined>)[contextKey] ?? request.routeOptions;
}
