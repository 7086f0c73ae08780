import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import { now } from '../attribution/index.ts';
import type { End } from './end.ts';
import { isHttp2Stream } from './events.ts';
import type { RequestSpan } from './span.ts';
import { isStreamType } from './stream.ts';

/** What is known of a stream beside its span. It hangs on the stream and goes with it. */
export interface StreamNotes {
  readonly span: RequestSpan;
  /** Its connection, which a stream that has closed no longer tells. */
  readonly session: Http2Session | undefined;
  /** The response of the compatibility API; null where the application listens to `stream`. */
  response: ServerResponse | null;
  /** Its body comes from a file, past the stream's own end. */
  fromFile: boolean;
  /** The client went after the last byte that the headers promised. */
  isComplete: boolean;
  /** It has closed, and its last write is not confirmed yet. */
  isUnconfirmed: boolean;
}

const NOTES: unique symbol = Symbol.for('routemeter.v1.stream') as never;

type Stream = ServerHttp2Stream & { [NOTES]?: StreamNotes };
type Method = (this: Stream, ...args: unknown[]) => unknown;

/** The stream behind a request of HTTP/2's compatibility API, or null. */
export function streamOf(request: IncomingMessage): ServerHttp2Stream | null {
  if (request.httpVersionMajor !== 2) return null;
  const { stream } = request as unknown as { stream?: unknown };
  return isHttp2Stream(stream) ? stream : null;
}

export function notesOf(stream: object): StreamNotes | undefined {
  return (stream as Stream)[NOTES];
}

/** Follows a stream from here on: what it sends, and whether all of it. */
export function followStream(stream: ServerHttp2Stream, span: RequestSpan): StreamNotes {
  patch(Object.getPrototypeOf(stream) as object);
  const { session } = stream;
  const notes: StreamNotes = {
    span,
    session,
    response: null,
    fromFile: false,
    isComplete: false,
    isUnconfirmed: false,
  };
  (stream as Stream)[NOTES] = notes;
  return notes;
}

/** The status that left on a stream. */
export function statusOf(stream: ServerHttp2Stream): number {
  return Number(stream.sentHeaders?.[':status'] ?? 0);
}

/**
 * Whether a stream has closed before its last write was confirmed. Node does that where both sides
 * ended without an error. Node 22 and 24 tell soon after whether the write was cancelled, 20 and 26 do not.
 */
export function isUnconfirmed(stream: ServerHttp2Stream): boolean {
  const isCut = stream.aborted || stream.rstCode !== 0 || notesOf(stream)?.session?.destroyed === true;
  return stream.headersSent && stream.writableEnded && !stream.writableFinished && !isCut;
}

/** The end of a stream that has closed. */
export function endOfStream(stream: ServerHttp2Stream): End {
  const { fromFile = false, isComplete = false, isUnconfirmed = false } = notesOf(stream) ?? {};
  if (!stream.headersSent) return 'unsent';
  if (isUnconfirmed) return (stream.errored ?? null) === null ? 'ended' : 'cut';
  // The stream of a file ends with its headers: only the code tells what became of the file.
  const isSent = stream.writableFinished && !stream.aborted && !(fromFile && stream.rstCode !== 0);
  if (isSent) return 'ended';
  return isComplete ? 'complete' : 'cut';
}

const patched = new WeakSet<object>();

/** Node does not export the class of these streams: it is found by the first of them. */
function patch(prototype: object): void {
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const methods = prototype as Record<'respond' | 'respondWithFile' | 'respondWithFD', Method>;
  const { respond, respondWithFile, respondWithFD } = methods;
  methods.respond = function (): unknown {
    // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
    const result = respond.apply(this, arguments as never);
    const notes = notesOf(this);
    if (notes !== undefined) noteHeaders(this, notes.span);
    return result;
  };
  const withFile = (original: Method): Method =>
    function (): unknown {
      const notes = notesOf(this);
      if (notes !== undefined) notes.fromFile = true;
      // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
      return original.apply(this, arguments as never);
    };
  methods.respondWithFile = withFile(respondWithFile);
  methods.respondWithFD = withFile(respondWithFD);
}

function noteHeaders(stream: Stream, span: RequestSpan): void {
  const headers = stream.sentHeaders;
  if (headers === undefined || stream.writableEnded) return;
  if (headers['content-length'] !== undefined) stream.once('aborted', onAborted);
  else if (span.headersAt === 0 && isStreamType(headers['content-type'])) {
    span.headersAt = now();
    process.nextTick(unlessEnded, stream, span);
  }
}

/** An answer that was given as a whole is no stream, whatever its type. */
function unlessEnded(stream: Stream, span: RequestSpan): void {
  if (stream.writableEnded && !span.ended) span.headersAt = 0;
}

function onAborted(this: Stream): void {
  const notes = notesOf(this);
  const length = Number(this.sentHeaders?.['content-length']);
  if (notes !== undefined) notes.isComplete = this.writableLength === 0 && bytesSent(this) >= length;
}

/** Bytes that a stream handed to its session. Only its handle counts them. */
function bytesSent(stream: object): number {
  const handle = Object.getOwnPropertySymbols(stream).find((symbol) => symbol.description === 'kHandle');
  const { bytesWritten } = ((handle && (stream as Record<symbol, unknown>)[handle]) ?? {}) as {
    bytesWritten?: number;
  };
  return bytesWritten ?? Number.NaN;
}
