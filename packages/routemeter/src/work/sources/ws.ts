import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { destinationOf } from '../../calls/destination.ts';
import { likeIt, type Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { runListeners } from '../listeners.ts';
import type { UnitHooks, UnitSource } from '../source.ts';

/** What engine.io leaves on a request that it takes for itself. */
type Request = IncomingMessage & { _query?: { EIO?: unknown } };

interface Server {
  options?: { path?: unknown };
}

/** Names of messages without a path that the application wrote. */
const MESSAGE = 'message';

/**
 * ws. Each message of a client that a server's socket has listeners for is a unit, whatever their number.
 *
 * - begins: with its first listener.
 * - ends: when its listeners have returned; those that are `async` functions, when they have settled.
 * - name: the path that the server was made for; `message` where it has none, since what it is asked for is the client's.
 * - outcome: `error` where a listener throws.
 * - not counted: messages without a listener, pings, opening and closing; sockets of clients, and those of engine.io,
 *   whose events socket.io tells.
 */
export const ws: UnitSource<object> = {
  package: 'ws',
  find(exports) {
    const { WebSocketServer, default: main } = exports;
    const servers = prototypeOf(WebSocketServer ?? main);
    return servers !== null && 'completeUpgrade' in servers ? servers : null;
  },
  install(hooks, servers) {
    hooks.replace(
      servers,
      'completeUpgrade',
      (original) =>
        function (this: Server, ...args) {
          const request = args[3] as Request | undefined;
          const done = args.at(-1) as unknown;
          if (typeof done !== 'function' || request?._query?.EIO !== undefined)
            return original.apply(this, args);
          const destination = destinationOf(this.options?.path) || MESSAGE;
          const connected = (socket: EventEmitter, ...rest: unknown[]): unknown => {
            hooks.guarded(follow, hooks, socket, destination);
            return Reflect.apply(done, undefined, [socket, ...rest]);
          };
          return original.apply(this, [...args.slice(0, -1), connected]);
        },
    );
  },
};

function follow({ units }: UnitHooks, socket: EventEmitter, destination: string): void {
  const original: Method = socket.emit;
  const isOwn = original !== EventEmitter.prototype.emit;
  const emit = function (this: EventEmitter, ...args: unknown[]): unknown {
    if (args[0] !== 'message' || !units.active || this.listenerCount('message') === 0)
      return original.apply(this, args);
    const unit = units.open({ kind: 'socket', system: 'websocket', destination, name: destination });
    if (unit === null) return original.apply(this, args);
    return runListeners(units, unit, this, original, args, isOwn);
  };
  Object.defineProperty(socket, 'emit', {
    value: likeIt(original, emit),
    writable: true,
    configurable: true,
    enumerable: false,
  });
}
