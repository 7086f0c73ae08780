import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { warnOnce } from '../../errors/index.ts';
import type { Meter } from '../../meter/index.ts';
import { naming, type RequestSpan, tracker } from '../../request/index.ts';
import { noteFailure } from '../failure.ts';
import { httpMeter } from '../http.ts';
import { nameRoute } from '../mount.ts';
import { trampolineTo } from '../trampoline.ts';
import { followUse } from './use.ts';

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
type Namer = (span: RequestSpan, request: FastifyRequest) => void;
type Choose = (request: FastifyRequest, reply: FastifyReply, done: Done) => Done;

/** What is used of a Fastify instance. */
export interface FastifyInstance {
  server: EventEmitter;
  version: string;
  addHook(name: 'onRoute', hook: (route: RegisteredRoute) => void): unknown;
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, done: Done) => void,
  ): unknown;
  addHook(name: 'onReady', hook: (done: Done) => void): unknown;
  addHook(
    name: 'onError',
    hook: (request: FastifyRequest, reply: FastifyReply, error: unknown, done: Done) => void,
  ): unknown;
}

/** On instances that name their requests; plugins inside them inherit it. */
const NAMING: unique symbol = Symbol.for('routemeter.v1.fastify') as never;

/**
 * Claims the requests of an instance, from their arrival on, for `meter` or the process's own, and names
 * them. One hook does both: each is a call through WebAssembly, and allocates.
 */
export function measureRequests(instance: FastifyInstance, meter: Meter | null): void {
  httpMeter(instance.server, { ...(meter && { meter }), route: () => null });
  const name = namerOf(instance);
  // Fastify makes further servers for further addresses of `localhost`; tests inject without any.
  const measureRequest: Choose = (request, reply, done) => {
    const all = tracker();
    const isRunning = all.spanOf(request.raw) !== undefined;
    const span = all.claim(request.raw, reply.raw, meter);
    if (span === null) return done;
    name?.(span, request);
    return isRunning ? done : within(span, reply.raw, done);
  };
  instance.addHook('onRequest', trampolineTo(3, measureRequest, []));
}

/** Goes on as part of a request. Apart from the hook, which would make room for what this holds at each call. */
function within(span: RequestSpan, response: ServerResponse, done: Done): Done {
  return () => tracker().run(span, response, done, undefined, undefined, undefined, undefined);
}

/**
 * What names the requests of an instance and of all plugins inside it, in their first hook: Fastify has
 * routed when it runs. Null where something names them already.
 */
function namerOf(instance: FastifyInstance & { [NAMING]?: true }): Namer | null {
  if (instance[NAMING] !== undefined) return null;
  Object.defineProperty(instance, NAMING, { value: true });
  followUse(instance);
  const roots = new Map<string, string>();
  instance.addHook('onRoute', function noteRoot({ url, routePath, prefix }) {
    // Registered twice by default, with the slash and without: both are the plugin's own root.
    if (prefix && routePath === '/' && url === `${prefix}/`) roots.set(url, prefix);
  });
  const noteError = (request: FastifyRequest, _reply: FastifyReply, error: unknown, done: Done): Done => {
    const span = tracker().spanOf(request.raw);
    if (span !== undefined) noteFailure(span, error);
    return done;
  };
  instance.addHook('onError', trampolineTo(4, noteError, []));
  return (span, request) => {
    const url = contextOf(request).config?.url;
    if (url === undefined) {
      span.expectRoute();
      return;
    }
    nameRoute(span, request.raw, roots.get(url) ?? url);
    naming().note('fastify');
  };
}

/** For the preload: what Fastify refuses before any hook runs is unmatched, and not guessed from its URL. */
export function followInstance(instance: FastifyInstance): void {
  instance.server.prependListener('request', expectRouteOf);
  const name = namerOf(instance);
  if (name === null) return;
  const nameRequest: Choose = (request, _reply, done) => {
    const span = tracker().spanOf(request.raw);
    if (span !== undefined) name(span, request);
    return done;
  };
  instance.addHook('onRequest', trampolineTo(3, nameRequest, []));
}

function expectRouteOf(request: IncomingMessage): void {
  const span = tracker().spanOf(request);
  if (span !== undefined) span.expectRoute();
}

/**
 * Tells where the plugin was registered inside another one: hooks hold for what is inside, and the rest of
 * the application has no names.
 */
export function warnInside(instance: FastifyInstance): void {
  let root = instance;
  for (let next = root; next !== null && 'addHook' in next; next = Object.getPrototypeOf(next)) root = next;
  if (root === instance) return;
  instance.addHook('onReady', function warn(done) {
    // Meanwhile the application itself, or the preload, may have it.
    if (!Object.hasOwn(root, NAMING)) {
      warnOnce(
        'RM_ENCAPSULATED',
        'fastify',
        'fastifyMeter was registered inside a plugin: routes outside of it read "unmatched". Register it on the ' +
          'application itself, or export the plugin through fastify-plugin',
      );
    }
    done();
  });
}

let contextKey: symbol | null = null;

/** The route of a request where Fastify keeps it: its own getter makes a new object on each call. */
function contextOf(request: FastifyRequest): RouteContext {
  contextKey ??=
    Object.getOwnPropertySymbols(request).find((key) => key.description === 'fastify.context') ?? Symbol();
  return (request as unknown as Record<symbol, RouteContext | undefined>)[contextKey] ?? request.routeOptions;
}
