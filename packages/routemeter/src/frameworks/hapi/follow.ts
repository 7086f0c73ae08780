import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Meter } from '../../meter/index.ts';
import { naming, type RequestSpan, tracker } from '../../request/index.ts';
import { httpMeter } from '../http.ts';
import { outerTemplate, takenFrom } from '../mount.ts';
import { joinRoute } from '../template.ts';

/** What is used of a hapi server. */
export interface HapiServer {
  listener: EventEmitter;
  decorations: { request: readonly (string | symbol)[] };
  decorate(
    type: 'request',
    property: symbol,
    value: (request: never) => true,
    options: { apply: true },
  ): void;
}

/** What is used of a hapi request. */
export interface HapiRequest {
  raw: { req: IncomingMessage; res: ServerResponse };
  /** hapi's own "not found" until the request was routed. */
  route: { method: string; path: string };
  /**
   * What was sent; `_error` is what it was made from, told to no listener before the response ends. An
   * error that no answer was made of yet has `isBoom` and `output`.
   */
  response:
    | { statusCode?: number; _error?: unknown; isBoom?: boolean; output?: { statusCode?: number } }
    | symbol
    | null;
}

/** Marks requests that are watched, so that the plugin and the preload do it once. */
const WATCHED: unique symbol = Symbol.for('routemeter.v1.hapi') as never;
/** The method of the routes that hapi answers by itself: not found, bad request, CORS preflight. */
const SPECIAL = '_special';

/** Claims the requests of a server for `meter`, or the process's own, and names them. */
export function follow(server: HapiServer, meter: Meter | null): void {
  httpMeter(server.listener, { ...(meter && { meter }), route: () => null });
  if (!server.decorations.request.includes(WATCHED)) {
    server.decorate('request', WATCHED, watch, { apply: true });
  }
}

/** Follows the servers made from a copy of hapi that gives access to its class of requests. */
export function hookRequests(exports: unknown): void {
  type Generate = (this: unknown, ...args: unknown[]) => HapiRequest & { [WATCHED]?: true };
  const requests = exports as { generate: Generate };
  const original = requests.generate;
  requests.generate = function (this: unknown, ...args) {
    const request = original.apply(this, args);
    if (request[WATCHED] === undefined) watch(request);
    return request;
  };
}

/**
 * A request is named when it ends, by the route it has then: hapi has no hook after routing that
 * runs in every case, refused cookies and lost clients among them.
 */
function watch(request: HapiRequest): true {
  const { req, res } = request.raw;
  const span = tracker().spanOf(req);
  if (span === undefined) return true;
  span.expectRoute();
  const outer = span.name();
  const name = () => {
    const found = span.name();
    const own = templateOf(request);
    // Another framework, that a handler gave the request to, may know more of it.
    span.setRoute(found === outer ? (own ?? outer) : inside(span, req, own ?? '', found ?? ''));
    if (own !== null) naming().note('@hapi/hapi');
    const error = errorOf(request);
    if (error !== null) span.setError(error);
  };
  res.prependListener('close', name);
  // Pipelined behind another response: see the tracker.
  if (res.socket === null) req.prependListener('close', name);
  return true;
}

/** What a route inside another framework adds to the route of hapi that led there. */
function inside(span: RequestSpan, request: IncomingMessage, own: string, found: string): string {
  const taken = takenFrom(request, span, request.url ?? '');
  if (taken <= 0) return found;
  const prefix = outerTemplate(own, span.url, taken);
  return prefix === null ? found : joinRoute(prefix, found);
}

function templateOf({ route }: HapiRequest): string | null {
  return route.method === SPECIAL ? null : route.path;
}

/**
 * The error that was answered as the server's fault, or would have been: until hapi has made an answer
 * of it, the response is the error itself. What it answers by 4xx is no fault.
 */
function errorOf({ response }: HapiRequest): unknown {
  if (typeof response !== 'object' || response === null) return null;
  const { isBoom, output, statusCode = 0, _error = null } = response;
  if (isBoom === true) return (output?.statusCode ?? 500) >= 500 ? response : null;
  return statusCode >= 500 ? _error : null;
}
