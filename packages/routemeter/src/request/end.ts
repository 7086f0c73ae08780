import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestSpan } from './span.ts';

/** How an answer ended. */
export type End = keyof typeof ENDS;

/**
 * What each end means. `aborted` is true where bytes of the answer were lost or never sent, and
 * nowhere else: a client that goes away after the last byte took nothing from it.
 */
const ENDS = {
  /** The application ended it, and nothing of it waits any more. */
  ended: { aborted: false, status: 'sent' },
  /** The connection went before the application's `end()`, after the last byte that the headers promised. */
  complete: { aborted: false, status: 'sent' },
  /** Node answered in place of the application, such as 408 of `server.requestTimeout`. */
  refused: { aborted: false, status: 'sent' },
  /** Headers left, bytes of the body did not. */
  cut: { aborted: true, status: 'sent' },
  /** Nothing of it left: the client went first, or the application destroyed it. */
  unsent: { aborted: true, status: 499 },
} as const;

/** Puts an end into a span; `sent` is the status that left. */
export function noteEnd(span: RequestSpan, end: End, sent: number): void {
  const { aborted, status } = ENDS[end];
  span.aborted = aborted;
  span.status = status === 'sent' ? sent : status;
}

/** `span.before` of an answer whose connection was gone when its headers were made. */
export const TOO_LATE = -2;

/** What Node keeps of a response and a socket beyond their documented fields. */
interface Inner {
  _header?: string | null;
  _hasBody?: boolean;
  _contentLength?: number | string | null;
  chunkedEncoding?: boolean;
}
type InnerSocket = Socket & {
  _writableState?: { needDrain?: boolean };
  errored?: (Error & { code?: string; syscall?: string }) | null;
};

/** The end of an answer over HTTP/1 whose response has closed. */
export function endOfResponse(span: RequestSpan, request: IncomingMessage, response: ServerResponse): End {
  const { socket } = response;
  const connection = request.socket as InnerSocket | null | undefined;
  // Node takes the socket off a response that was sent; until Node 22 a lost one says it was, too.
  const isSent = response.writableFinished && (socket === null || !socket.destroyed);
  if (isSent && !lostBytes(connection)) return 'ended';
  const hasBegun = response.headersSent && socket !== null && span.before !== TOO_LATE;
  if (hasBegun) return isComplete(span, response as Inner, connection) ? 'complete' : 'cut';
  // Sent, and lost on its way.
  if (isSent) return 'cut';
  return socket !== null && refusalOf(connection) > 0 ? 'refused' : 'unsent';
}

/** The status of the answer that Node gives by itself to a request it cannot read on, or 0. */
export function refusalOf(connection: Socket | null | undefined): number {
  const { errored, bytesWritten } = (connection ?? {}) as Partial<InnerSocket>;
  const code = errored?.code;
  // A listener of `clientError` may have closed the connection without a word.
  if (typeof code !== 'string' || !(bytesWritten! > 0)) return 0;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  // The end of the connection in the middle of a request: that is the client, who went.
  if (code === 'HPE_INVALID_EOF_STATE') return 0;
  return code.startsWith('HPE_') ? 400 : 0;
}

/** The status of an answer. Of one that lost its connection it is what was sent: frameworks write another over it. */
export function statusSent(response: ServerResponse, end: End): number {
  const { _header: header } = response as Inner;
  if (end === 'ended' || typeof header !== 'string') return response.statusCode;
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(header)?.[1] ?? response.statusCode);
}

/** Whether what was written to a connection never got to the kernel. */
function lostBytes(connection: InnerSocket | null | undefined): boolean {
  if (connection?.destroyed !== true) return false;
  if (connection.errored?.syscall === 'write') return true;
  // Waits for a `drain` that never came. Its length is no help: Node empties it when it throws the bytes away.
  return connection._writableState?.needDrain === true && !connection.writableFinished;
}

/** Whether all that the headers promised was given to the kernel, though the application did not say `end()`. */
function isComplete(span: RequestSpan, response: Inner, connection: InnerSocket | null | undefined): boolean {
  const { _header: header, _hasBody: hasBody, _contentLength: length } = response;
  const body =
    hasBody === false ? 0 : response.chunkedEncoding === true ? Number.NaN : Number(length ?? Number.NaN);
  if (span.before < 0 || typeof header !== 'string' || typeof connection?.bytesWritten !== 'number')
    return false;
  return connection.bytesWritten - span.before >= header.length + body && !lostBytes(connection);
}

/**
 * The end of an answer that no connection carries, as adapters for serverless platforms and
 * injected requests of tests make them. It ends with `finish`, where it has one.
 */
export function endOfDetached(response: ServerResponse, hasFinished: boolean): End {
  if (hasFinished || response.writableEnded) return 'ended';
  return response.headersSent ? 'cut' : 'unsent';
}

/** The end of an answer that the end of the process cut short: nobody waits for what was ended to leave. */
export function endAtExit(answer: { writableEnded: boolean; headersSent: boolean }): End {
  if (answer.writableEnded) return 'ended';
  return answer.headersSent ? 'cut' : 'unsent';
}
