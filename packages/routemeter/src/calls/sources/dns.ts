import type { Call } from '../call.ts';
import { connecting, isConnecting } from '../connecting.ts';
import { isForward } from '../forward.ts';
import { endWithCallback, endWithPromise, type Method } from '../hooks.ts';
import type { BuiltinSource } from '../source.ts';
import { DNS_METHODS, dnsObjects } from './dns-methods.ts';

const TYPES = new Set(Object.values(DNS_METHODS));

/**
 * Look-ups of names that the application asks for: `lookup`, `resolve*` and `reverse`, with callbacks, promises
 * and resolvers of its own. RPCs of the system `dns`, by the type of the record; the name asked for is not told.
 *
 * - begins, owner: the method's call. The preload puts functions that forward in their places, since CommonJS
 *   takes them out of the module before a server listens.
 * - ends: its callback or promise.
 * - not counted: look-ups of a connection, of a datagram and of a gRPC channel, which are part of these;
 *   what is none, such as of an address; what a library goes on doing after its request.
 */
export const domainNames: BuiltinSource = {
  package: 'node:dns',
  kind: 'rpc',
  install(hooks) {
    const { calls } = hooks;
    const net = process.getBuiltinModule('node:net');
    const { syncBuiltinESMExports } = process.getBuiltinModule('node:module');
    const objects = dnsObjects();
    // What ES modules import by name; where the preload was first, they have what forwards.
    const isSynced = !objects.some(({ resolve4 }) => isForward(resolve4));
    if (isSynced) hooks.whenRemoved(syncBuiltinESMExports);
    for (const object of objects) {
      for (const [key, type] of Object.entries(DNS_METHODS)) {
        hooks.replace(
          object,
          key,
          (original) =>
            function (this: unknown, ...args) {
              const owner = isConnecting() ? null : calls.owner();
              if (owner === null || owner.root.ended) return original.apply(this, args);
              const operation = key === 'lookup' ? lookupOf(args[0], net.isIP) : typeOf(type, args[1]);
              const call =
                operation === null
                  ? null
                  : hooks.guarded(() => calls.open(owner, calls.name('rpc', 'dns', '', operation)));
              return call === null ? original.apply(this, args) : run(call, original, this, args);
            },
        );
      }
    }
    if (isSynced) syncBuiltinESMExports();
    const beneath = (original: Method): Method =>
      function (this: unknown, ...args) {
        return connecting(() => original.apply(this, args));
      };
    hooks.replace(net.Socket.prototype, 'connect', beneath);
    let isHooked = false;
    hooks.subscribe<{ socket: object }>('udp.socket', ({ socket }) => {
      if (isHooked) return;
      isHooked = true;
      const prototype = Object.getPrototypeOf(socket) as object;
      for (const key of ['bind', 'connect', 'send']) hooks.replace(prototype, key, beneath);
    });
  },
};

function run(call: Call, original: Method, self: unknown, args: unknown[]): unknown {
  const last = args.length - 1;
  if (typeof args[last] === 'function') args[last] = endWithCallback(call, args[last] as Method);
  try {
    // `setServers` puts methods of resolvers beneath those of the module: one call all the same.
    return endWithPromise(
      call,
      connecting(() => original.apply(self, args)),
    );
  } catch (error) {
    // Arguments that are none: nothing was looked up.
    call.cancel();
    throw error;
  }
}

function lookupOf(name: unknown, isIP: (text: string) => number): string | null {
  return name && isIP(String(name)) === 0 ? 'lookup' : null;
}

function typeOf(known: string | null, wanted: unknown): string {
  if (known !== null) return known;
  if (typeof wanted !== 'string') return 'A';
  return TYPES.has(wanted) ? wanted : 'other';
}
