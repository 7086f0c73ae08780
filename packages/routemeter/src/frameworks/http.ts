import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { atOnce, RoutemeterError, reportThrown, show } from '../errors/index.ts';
import type { Meter } from '../meter/index.ts';
import {
  bringsRequest,
  type Emit,
  emitStream,
  isTunnel,
  type RequestSpan,
  tellsOfRequest,
  tracker,
} from '../request/index.ts';
import { isOff, ownMeter } from './own-meter.ts';

export { pathTemplate } from '../request/index.ts';

/** Options of `httpMeter`. */
export interface HttpMeterOptions {
  /** Default: the process's own meter. */
  meter?: Meter;
  /**
   * The template of the route that a request goes to, or null for none (`unmatched`). Default:
   * `pathTemplate` of the URL, since a bare server has no route map. What it throws is contained.
   *
   * A server of HTTP/2 that listens to `stream` and not to `request` has no request: there it is
   * given one of `method`, `url`, `headers` and `httpVersion` alone.
   */
  route?: (request: IncomingMessage) => string | null | undefined;
}

/**
 * Measures every request of a bare `node:http`, `node:https` or `node:http2` server, and returns the server.
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
  const named = (span: RequestSpan, request: IncomingMessage): void => {
    // Guessed at the end: whoever has a route map may still come, behind this server or another.
    if (route === undefined) span.guess = true;
    else name(span, route, request);
  };
  const emit: Emit = function (event, request, response, flags, rawHeaders) {
    const all = tracker();
    if (!bringsRequest(event)) {
      // biome-ignore lint/complexity/noArguments: counts them, without making an array
      if (!tellsOfRequest(event, arguments.length, request)) {
        // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
        return original.apply(this, arguments as never);
      }
      if (event === 'dropRequest') {
        all.refused(request, 503, meter, (span) => named(span, request));
        return original.call(this, event, request, response);
      }
      const stream = request as unknown as ServerHttp2Stream;
      const headers = response as unknown as IncomingHttpHeaders;
      const isKnown = all.spanOf(stream) !== undefined;
      const span = isTunnel(headers) ? null : all.claimStream(stream, headers, meter);
      // Where a request follows, it is asked for the name; until then a guess stands.
      if (span !== null && server.listenerCount('request') > 0) span.guess = span.route === '';
      else if (span !== null) named(span, requestOf(headers));
      const given = [event, request, response, flags, rawHeaders];
      return emitStream(isKnown ? null : span, original, this, stream, given);
    }
    const seen = all.isSeen(request);
    const span = all.claim(request, response, meter);
    if (span === null) return original.call(this, event, request, response);
    named(span, request);
    if (seen) return original.call(this, event, request, response);
    return all.run(span, response, original, this, event, request, response);
  };
  server.emit = emit as unknown as S['emit'];
  return server;
}

/** What a route function can be asked about a stream. */
function requestOf(headers: IncomingHttpHeaders): IncomingMessage {
  const { ':method': method, ':path': url } = headers;
  return { method, url, headers, httpVersion: '2.0', httpVersionMajor: 2, httpVersionMinor: 0 } as never;
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
