import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/**
 * Whether an event of an HTTP server hands a request to the application. One that listens for
 * `checkContinue` or `checkExpectation` answers there, and sees no `request`.
 */
export function bringsRequest(event: string): boolean {
  return event === 'request' || event === 'checkContinue' || event === 'checkExpectation';
}

/**
 * Whether an event of a server tells of a request in another way: `stream` of HTTP/2, which the
 * application may answer without a request and a response, or `dropRequest` of HTTP/1, where Node
 * answers 503 by itself.
 *
 * @param count arguments of `emit`, the event's name among them.
 */
export function tellsOfRequest(event: string, count: number, first: unknown): boolean {
  if (event === 'dropRequest') return count === 3;
  return event === 'stream' && count >= 3 && isHttp2Stream(first);
}

/** Whether what a server tells of is a stream of HTTP/2 that a client opened. */
export function isHttp2Stream(given: unknown): given is ServerHttp2Stream {
  const stream = given as Partial<ServerHttp2Stream> | null | undefined;
  return typeof stream?.respond === 'function' && typeof stream.pushStream === 'function';
}

/** Whether a stream asks for a tunnel, which is no request: so does `upgrade` over HTTP/1. */
export function isTunnel(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'CONNECT';
}
