import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Meter } from '../meter/index.ts';
import { tracker } from '../request/index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, third?: unknown) => unknown;

/** A handler of requests that claims each of them for `own`, or the process's meter, and runs it as part of it. */
export function measured<F extends (...args: never[]) => unknown>(own: Meter | null, handler: F): F {
  const original = handler as unknown as Handler;
  const measure: Handler = function (this: unknown, request, response, third) {
    const all = tracker();
    const isRunning = all.spanOf(request) !== undefined;
    const span = all.claim(request, response, own);
    if (span === null || isRunning) return original.call(this, request, response, third);
    return all.run(span, response, original, this, request, response, third);
  };
  return measure as unknown as F;
}
