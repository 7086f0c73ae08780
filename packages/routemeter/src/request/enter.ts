import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Emit } from './entry.ts';
import { tracker } from './tracker.ts';

/** Claims a request for the process's meter and raises its event as part of it. */
export function enter(
  emit: Emit,
  server: unknown,
  event: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const all = tracker();
  const known = all.spanOf(request) !== undefined;
  const span = known ? null : all.claim(request, response, null);
  if (span === null) return emit.call(server, event, request, response);
  span.guess = true;
  return all.run(span, response, emit, server, event, request, response);
}
