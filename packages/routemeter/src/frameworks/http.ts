import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { atOnce, RoutemeterError, reportThrown, show } from '../errors/index.ts';
import type { Meter } from '../meter/index.ts';
import { bringsRequest, type RequestSpan, tracker } from '../request/index.ts';
import { isOff, ownMeter } from './own-meter.ts';

export { pathTemplate } from '../request/index.ts';

/** Options of `httpMeter`. */
export interface HttpMeterOptions {
  /** Default: the process's own meter. */
  meter?: Meter;
  /**
   * The template of the route that a request goes to, or null for none (`unmatched`). Default:
   * `pathTemplate` of the URL, since a bare server has no route map. What it throws is contained.
   */
  route?: (request: IncomingMessage) => string | null | undefined;
}

type Emit = (this: unknown, event: string, request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Measures every request of a bare `node:http` or `node:https` server, and returns the server.
 *
 * @throws RoutemeterError RM_OPTION_INVALID for what is no server, no object of options or no meter.
 *
 * @example
 * const server = httpMeter(http.createServer(handler), { route: (req) => router.find(req).template })
 */
export function httpMeter<S extends EventEmitter>(server: S, options: HttpMeterOptions = {}): S {
  const usage = 'write httpMeter(server), or httpMeter(server, { meter, route })';
  if (typeof (server as Partial<S> | null)?.emit !== 'function') {
    throw new RoutemeterError('RM_OPTION_INVALID', `httpMeter(): ${show(server)} is no server; ${usage}`);
  }
  if (typeof options !== 'object' || options === null) {
    throw new RoutemeterError('RM_OPTION_INVALID', `httpMeter(): ${show(options)} is no object; ${usage}`);
  }
  const { route } = options;
  const meter = ownMeter(options.meter, `the option "meter" of httpMeter takes a meter; ${usage}`);
  if (isOff(meter)) return server;
  const original = server.emit as unknown as Emit;
  const emit: Emit = function (event, request, response) {
    if (!bringsRequest(event)) {
      // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
      return original.apply(this, arguments as never);
    }
    const all = tracker();
    const seen = all.spanOf(request) !== undefined;
    const span = all.claim(request, response, meter);
    if (span === null) return original.call(this, event, request, response);
    // Guessed at the end: whoever has a route map may still come, behind this server or another.
    if (route === undefined) span.guess = true;
    else name(span, route, request);
    if (seen) return original.call(this, event, request, response);
    return all.run(span, response, original, this, event, request, response);
  };
  server.emit = emit as unknown as S['emit'];
  return server;
}

function name(
  span: RequestSpan,
  route: NonNullable<HttpMeterOptions['route']>,
  request: IncomingMessage,
): void {
  try {
    const template = atOnce(route(request)) ?? null;
    if (template !== null && typeof template !== 'string') throw new TypeError('it answered no text');
    span.setRoute(template);
  } catch (error) {
    span.setRoute(null);
    reportThrown('route', error, 'the request reads "unmatched"');
  }
}
