import type { ServerResponse } from 'node:http';
import { now } from '../attribution/index.ts';
import { textOf } from '../errors/index.ts';
import type { RequestSpan } from './span.ts';

/** Responses that stay open by design: their latency is the time to the headers. */
const STREAMS = /^\s*(text\/event-stream|multipart\/x-mixed-replace|application\/x-ndjson)\b/i;
const IN_HEAD =
  /\r\ncontent-type:\s*(text\/event-stream|multipart\/x-mixed-replace|application\/x-ndjson)\b/i;

type WriteHead = (this: ServerResponse, ...args: unknown[]) => ServerResponse;

/** Notes on the span of a streamed response when its headers left. Patches `prototype` once. */
export function noteHeaders(
  prototype: object,
  spanOf: (response: ServerResponse) => RequestSpan | undefined,
): void {
  const target = prototype as { writeHead: WriteHead };
  const original = target.writeHead;
  target.writeHead = function (this: ServerResponse): ServerResponse {
    // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
    const result = original.apply(this, arguments as never);
    const span = spanOf(this);
    if (span !== undefined && span.headersAt === 0 && isStream(this)) span.headersAt = now();
    return result;
  };
}

function isStream(response: ServerResponse): boolean {
  // Set by `end(body)` before it writes the head: a response whose length is known is no stream.
  const { _contentLength: length, _header: head } = response as unknown as {
    _contentLength?: number | null;
    _header?: string | null;
  };
  if (typeof length === 'number') return false;
  const type = response.getHeader('content-type');
  if (type !== undefined) return STREAMS.test(textOf(type));
  return typeof head === 'string' && IN_HEAD.test(head);
}
