import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestSpan } from '../../request/index.ts';

/**
 * A framework that tells which of its routes answered, by what it puts on the request or on its own
 * context of it. Asked at the end of a request, so that nothing of it is changed and no frame of ours
 * stands in a stack.
 */
export interface Teller {
  /** The package's name on npm; null for what no framework of its own is. */
  readonly framework: string | null;
  /**
   * The route: null where the framework had the request and no route of it answered, undefined where it did
   * not have it.
   */
  route(request: IncomingMessage, response: ServerResponse, span: RequestSpan): string | null | undefined;
}

/** What files are called that a framework serves by itself: one name for all of them. */
export const STATIC = 'static';

/** Whether an answer can be a file. */
export function isFile(method: string | undefined, status: number): boolean {
  return (method === 'GET' || method === 'HEAD') && (status === 200 || status === 206 || status === 304);
}

/** Whether an answer had a header, named in lower case, set or given with its status: those are in its text alone. */
export function hasSent(response: ServerResponse, header: string): boolean {
  if (response.hasHeader(header)) return true;
  const { _header: text } = response as { _header?: unknown };
  return typeof text === 'string' && text.toLowerCase().includes(`\r\n${header}:`);
}

/** The server that took a request. */
export function serverOf(request: IncomingMessage | undefined): object | undefined {
  return (request?.socket as { server?: object } | null | undefined)?.server;
}
