import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import { isShared, shared, sharedPorts } from '../attribution/index.ts';

const required = createRequire(import.meta.url);

export type Emit = (
  this: unknown,
  event: string,
  request: IncomingMessage,
  response: ServerResponse,
) => boolean;

/**
 * Whether an event of an HTTP server hands a request to the application. One that listens for
 * `checkContinue` or `checkExpectation` answers there, and sees no `request`.
 */
export function bringsRequest(event: string): boolean {
  return event === 'request' || event === 'checkContinue' || event === 'checkExpectation';
}

/** What the entry hands on; loaded when the first HTTP server begins to listen. */
export interface EntryHandler {
  listening(): void;
  /** Raises the server's event, in the context of the request that it tells of. */
  request(
    emit: Emit,
    server: unknown,
    event: string,
    request: IncomingMessage,
    response: ServerResponse,
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
    // Before the application starts threads, which then know what this one forwards to them.
    sharedPorts();
    let handler: EntryHandler | null | undefined;
    const hook = (servers: { emit: Emit }): void => {
      const original = servers.emit;
      servers.emit = function emit(event, request, response): boolean {
        // Other servers of `node:net` may have an event of that name that tells of something else.
        // biome-ignore lint/complexity/noArguments: counts them, without making an array
        if (bringsRequest(event) && arguments.length === 3 && typeof response?.writeHead === 'function') {
          handler ??= load();
          if (handler !== null) return handler.request(original, this, event, request, response);
        } else if (event === 'listening' && (this as net.Server).listenerCount('request') > 0) {
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
