import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { shared } from '../attribution/index.ts';
import { tracker } from './tracker.ts';

type Emit = (this: unknown, event: string, request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Measures the requests of every HTTP and HTTPS server of this process, whatever stands behind it.
 * Installed once; used by the preload.
 *
 * @param started called at the first request.
 */
export function installEntry(started: () => void = () => {}): void {
  shared('entry', () => {
    wrapEmit(http.Server.prototype, started);
    wrapEmit(https.Server.prototype, started);
    return true;
  });
}

/** Replaces `emit` of a server, or of all servers behind a prototype, by one that claims requests. */
export function wrapEmit(target: object, started: () => void = () => {}): void {
  const server = target as { emit: Emit };
  const original = server.emit;
  server.emit = function (
    this: unknown,
    event: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): boolean {
    // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
    if (event !== 'request') return original.apply(this, arguments as never);
    const all = tracker();
    if (all.spanOf(request) !== undefined) return original.call(this, event, request, response);
    started();
    const span = all.claim(request, response, null);
    if (span === null) return original.call(this, event, request, response);
    return all.run(span, response, original, this, event, request, response);
  };
}
