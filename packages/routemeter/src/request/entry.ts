import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import { isShared, shared } from '../attribution/index.ts';
import { bringsRequest, tellsOfRequest } from './events.ts';

const required = createRequire(import.meta.url);

export type Emit = (
  this: unknown,
  event: string,
  request: IncomingMessage,
  response: ServerResponse,
  flags?: unknown,
  rawHeaders?: unknown,
) => boolean;

/** Whether a server that begins to listen serves HTTP to the application. */
function servesHttp(server: net.Server): boolean {
  if (server.listenerCount('request') > 0) return true;
  // Of HTTP/2 alone: other servers may have an event of that name.
  const isHttp2 = typeof (server as { updateSettings?: unknown }).updateSettings === 'function';
  return isHttp2 && server.listenerCount('stream') > 0;
}

/** What the entry hands on; loaded when the first HTTP server begins to listen. */
export interface EntryHandler {
  listening(): void;
  /**
   * Raises the server's event, in the context of the request that it tells of: with a request and a
   * response, of `stream` with a stream, its headers and two more, of `dropRequest` with a request
   * and its socket.
   */
  request(
    emit: Emit,
    server: unknown,
    event: string,
    request: IncomingMessage,
    response: ServerResponse,
    flags?: unknown,
    rawHeaders?: unknown,
  ): boolean;
}

/**
 * Sees the requests of every HTTP, HTTPS and HTTP/2 server of this process, whatever stands behind
 * it: all of them are servers of `node:net` and raise their events through it. Installed once.
 *
 * @param load called once; null where the handler cannot be had, which leaves everything as it was.
 */
export function installEntry(load: () => EntryHandler | null): void {
  shared('entry', () => {
    let handler: EntryHandler | null | undefined;
    const hook = (servers: { emit: Emit }): void => {
      const original = servers.emit;
      servers.emit = function emit(event, request, response, flags, rawHeaders): boolean {
        // Other servers of `node:net` may have an event of that name that tells of something else.
        // biome-ignore lint/complexity/noArguments: counts them, without making an array
        if (bringsRequest(event) && arguments.length === 3 && typeof response?.writeHead === 'function') {
          handler ??= load();
          if (handler !== null) return handler.request(original, this, event, request, response);
          // biome-ignore lint/complexity/noArguments: counts them, without making an array
        } else if (tellsOfRequest(event, arguments.length, request)) {
          handler ??= load();
          if (handler !== null) {
            return handler.request(original, this, event, request, response, flags, rawHeaders);
          }
        } else if (event === 'listening' && servesHttp(this as net.Server)) {
          handler ??= load();
          handler?.listening();
        }
        // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
        return original.apply(this, arguments as never);
      };
    };
    hook(net.Server.prototype as unknown as { emit: Emit });
    for (const servers of takenServers()) hook(servers);
    return true;
  });
}

/** Whether the preload sees requests before any framework does. */
export function hasEntry(): boolean {
  return isShared('entry');
}

/**
 * Servers whose `emit` somebody else replaced before us, as New Relic's agent does: theirs no longer
 * goes through `node:net`. A module that nobody has loaded is not loaded for this.
 */
function takenServers(): Array<{ emit: Emit }> {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  return ['http', 'https']
    .filter((name) => moduleLoadList.includes(`NativeModule ${name}`))
    .map((name) => (required(`node:${name}`) as { Server: { prototype: { emit: Emit } } }).Server.prototype)
    .filter((servers) => Object.hasOwn(servers, 'emit'));
}
