import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { isLeftToCalls } from '../unit/index.ts';
import type { Emit } from './entry.ts';
import { isTunnel } from './events.ts';
import type { RequestSpan } from './span.ts';
import { tracker } from './tracker.ts';

/** Claims what a server tells of for the process's meter, and raises its event as part of it. */
export function enter(
  emit: Emit,
  server: unknown,
  event: string,
  request: IncomingMessage,
  response: ServerResponse,
  flags?: unknown,
  rawHeaders?: unknown,
): boolean {
  const all = tracker();
  if (event === 'stream') {
    const stream = request as unknown as ServerHttp2Stream;
    const isKnown = all.spanOf(stream) !== undefined;
    const span =
      isKnown || isTunnel(response as never) || isLeftToCalls(server)
        ? null
        : all.claimStream(stream, response as never, null);
    if (span !== null) span.guess = true;
    return emitStream(span, emit, server, stream, [event, stream, response, flags, rawHeaders]);
  }
  if (event === 'dropRequest') {
    all.refused(request, 503, null);
    return emit.call(server, event, request, response);
  }
  const isSeen = all.isSeen(request);
  const span = all.claim(request, response, null);
  if (span === null || isSeen) return emit.call(server, event, request, response);
  span.guess = true;
  return all.run(span, response, emit, server, event, request, response);
}

/** Raises a server's `stream` as part of its span, or of nothing. */
export function emitStream(
  span: RequestSpan | null,
  emit: Emit,
  server: unknown,
  stream: ServerHttp2Stream,
  given: readonly unknown[],
): boolean {
  if (span === null) return emit.apply(server, given as never);
  return tracker().run(span, stream, raise, server, emit, given, undefined);
}

function raise(this: unknown, emit: Emit, given: readonly unknown[]): boolean {
  return emit.apply(this, given as never);
}
