import type { ServerResponse } from 'node:http';
import { now } from '../attribution/index.ts';
import { textOf } from '../errors/index.ts';
import { TOO_LATE } from './end.ts';
import type { RequestSpan } from './span.ts';

/** Responses that stay open by design: their latency is the time to the headers. */
const STREAMS = /^\s*(text\/event-stream|multipart\/x-mixed-replace|application\/x-ndjson)\b/i;
const IN_HEAD =
  /\r\ncontent-type:\s*(text\/event-stream|multipart\/x-mixed-replace|application\/x-ndjson)\b/i;

/** Bytes that a connection takes at once: the least that systems give it room for. */
const AT_ONCE = 16_384;

/** What Node keeps of a response beyond its documented fields. */
type Inner = ServerResponse & {
  _contentLength?: number | string | null;
  _hasBody?: boolean;
  _header?: string | null;
};
type WriteHead = (this: ServerResponse, ...args: unknown[]) => ServerResponse;

/** Whether a content type is one of a response that stays open by design. */
export function isStreamType(type: unknown): boolean {
  return STREAMS.test(textOf(type));
}

/**
 * Notes on the span of a response, when its headers are made, what its end will be judged by: the
 * status, the time for a stream, the bytes sent before it where a length is promised. Patches `prototype` once.
 */
export function noteHeaders(
  prototype: object,
  spanOf: (response: ServerResponse) => RequestSpan | undefined,
): void {
  const target = prototype as { writeHead: WriteHead };
  const original = target.writeHead;
  target.writeHead = function (this: ServerResponse): ServerResponse {
    // Set by `end(body)` before it makes the headers: nothing can come between them and the last byte.
    const isWhole = typeof (this as Inner)._contentLength === 'number';
    // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
    const result = original.apply(this, arguments as never);
    const span = spanOf(this);
    if (span === undefined || span.ended) return result;
    span.status = this.statusCode;
    if (this.socket?.destroyed === true) span.before = TOO_LATE;
    else if (!isWhole) notePromise(this, span);
    else if (span.lag !== null && confirmsLate(this)) span.answeredAt = now();
    return result;
  };
}

/** Over TLS Node tells that an answer has left only after all that its turn runs, however long that takes. */
function confirmsLate(response: Inner): boolean {
  const socket = response.socket as { encrypted?: boolean } | null;
  return socket?.encrypted === true && Number(response._contentLength) <= AT_ONCE;
}

function notePromise(response: ServerResponse, span: RequestSpan): void {
  const { _contentLength: length, _hasBody: hasBody } = response as Inner;
  const isOpen = length === null || length === undefined;
  if (isOpen && span.headersAt === 0 && isStream(response)) span.headersAt = now();
  if (isOpen && hasBody !== false) return;
  if (response.socket !== null) span.before = response.socket.bytesWritten ?? -1;
  else if (response.req?.socket?.destroyed === false) noteWhenAssigned(response, span);
}

/** Pipelined: what is written waits in the response until those before it have left. */
function noteWhenAssigned(response: ServerResponse, span: RequestSpan): void {
  const { assignSocket } = response;
  if (Object.hasOwn(response, 'assignSocket')) return;
  response.assignSocket = (socket) => {
    Reflect.deleteProperty(response, 'assignSocket');
    span.before = socket.bytesWritten ?? -1;
    assignSocket.call(response, socket);
  };
}

function isStream(response: ServerResponse): boolean {
  const type = response.getHeader('content-type');
  if (type !== undefined) return isStreamType(type);
  const { _header: head } = response as Inner;
  return typeof head === 'string' && IN_HEAD.test(head);
}
