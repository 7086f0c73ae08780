import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { shared } from '../attribution/index.ts';
import { tracker } from './tracker.ts';

type Emit = (this: unknown, event: string, request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Measures the requests of every HTTP and HTTPS server of this process, whatever stands behind it.
 * Installed once; used by the preload.
 *
 * @param listening called whenever a server begins to listen.
 */
export function installEntry(listening: () => void = () => {}): void {
  shared('entry', () => {
    wrapEmit(http.Server.prototype, listening);
    wrapEmit(https.Server.prototype, listening);
    return true;
  });
}

/** Replaces `emit` of all servers behind a prototype by one that claims requests. */
function wrapEmit(target: object, listening: () => void): void {
  const server = target as { emit: Emit };
  const original = server.emit;
  server.emit = function (
    this: unknown,
    event: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): boolean {
    if (event !== 'request') {
      if (event === 'listening') listening();
      // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
      return original.apply(this, arguments as never);
    }
    const all = tracker();
    if (all.spanOf(request) !== undefined) return original.call(this, event, request, response);
    const span = all.claim(request, response, null);
    if (span === null) return original.call(this, event, request, response);
    span.guess = true;
    return all.run(span, response, original, this, event, request, response);
  };
}
