import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { atOnce, reportThrown } from '../errors/index.ts';
import type { Meter } from '../meter/index.ts';
import { bringsRequest, pathTemplate, tracker } from '../request/index.ts';

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
 * @example
 * const server = httpMeter(http.createServer(handler), { route: (req) => router.find(req).template })
 */
export function httpMeter<S extends EventEmitter>(server: S, options: HttpMeterOptions = {}): S {
  const { meter = null, route = (request) => pathTemplate(request.url ?? '') } = options;
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
    try {
      const template = atOnce(route(request)) ?? null;
      if (template !== null && typeof template !== 'string') throw new TypeError('it answered no text');
      span.setRoute(template);
    } catch (error) {
      span.setRoute(null);
      reportThrown('route', error, 'the request reads "unmatched"');
    }
    if (seen) return original.call(this, event, request, response);
    return all.run(span, response, original, this, event, request, response);
  };
  server.emit = emit as unknown as S['emit'];
  return server;
}
