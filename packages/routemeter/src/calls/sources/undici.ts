import type { Call } from '../call.ts';
import { type Hooks, prototypeOf } from '../hooks.ts';
import { methodOf, originOf } from '../http-name.ts';
import type { BuiltinSource, ModuleSource } from '../source.ts';

/** On undici's request: the same object in all of its messages. */
const CALL = Symbol('routemeter.call');

interface Queued {
  /** Null where it is nobody's. */
  call: Call | null;
  /** A connection took it, or it failed before. */
  over(): void;
}

interface Request {
  [CALL]?: Call;
  origin: unknown;
  method: unknown;
  path: unknown;
}

/** What a pool keeps back until a connection takes it, by the options of the request. */
const queued = new WeakMap<object, Queued>();
/** Of the dispatcher whose synchronous code runs: its options, and whether it made a request of them. */
let dispatching: { options: object; isMade: boolean } | null = null;

/**
 * Node's `fetch`, and undici 6 to 8, which publish under the same names.
 *
 * - begins: `undici:request:create`, for each hop of redirects.
 * - owner: read there. Later messages run in the context of whoever opened the socket.
 * - ends: `undici:request:trailers` when the body was received, `undici:request:error` where that fails.
 * - not counted: chunks of bodies, connections.
 */
export const fetching: BuiltinSource = {
  package: 'node:fetch',
  kind: 'http',
  install(hooks) {
    hooks.subscribe<{ request: Request }>('undici:request:create', ({ request }) => {
      const known = dispatching === null ? undefined : queued.get(dispatching.options);
      if (dispatching !== null) dispatching.isMade = true;
      known?.over();
      // What is dispatched once more, as by a retry, is another call.
      const call = known === undefined || known.call?.ended === true ? open(hooks, request) : known.call;
      if (call !== null) {
        if (known !== undefined) call.pooled();
        request[CALL] = call;
      }
    });
    hooks.subscribe<{ request: Request; response: { statusCode: number } }>(
      'undici:request:headers',
      ({ request, response }) => {
        const call = request[CALL];
        if (call !== undefined) call.status = response.statusCode;
      },
    );
    hooks.subscribe<{ request: Request }>('undici:request:trailers', ({ request }) => request[CALL]?.end());
    hooks.subscribe<{ request: Request; error: unknown }>('undici:request:error', ({ request, error }) =>
      request[CALL]?.fail(error),
    );
  },
};

interface Parts {
  /** What all dispatchers inherit `dispatch` from. */
  base: object;
  /** What pools inherit from it. */
  pools: object;
}

interface Pool {
  stats: { queued: number };
}

/**
 * The pools of undici from npm. A pool whose connections are all in use keeps requests back, and publishes
 * them as made when one is free, in the context of whoever frees it (undici 8: in the caller's). So whose they
 * are is read where they are dispatched, and their waiting counts in. What is aborted, or whose pool is
 * destroyed, while it waits is never published: its handler is told.
 */
export const undici: ModuleSource<Parts> = {
  package: 'undici',
  kind: 'http',
  find(exports) {
    const [client, pool] = [prototypeOf(exports.Client), prototypeOf(exports.Pool)];
    if (client === null || pool === null || !('Agent' in exports)) return null;
    const [base, pools] = [client, pool].map(
      (prototype) => Object.getPrototypeOf(prototype) as object | null,
    );
    return base && pools && Object.hasOwn(base, 'dispatch') ? { base, pools } : null;
  },
  install(hooks, { base, pools }) {
    const { calls } = hooks;
    hooks.replace(
      base,
      'dispatch',
      (original) =>
        function (this: unknown, options: unknown, handler: unknown, ...more) {
          if (!calls.active || typeof options !== 'object' || options === null)
            return original.call(this, options, handler, ...more);
          const pool = Object.prototype.isPrototypeOf.call(pools, this as object) ? (this as Pool) : null;
          const waiting = pool?.stats.queued ?? 0;
          const former = dispatching;
          const own = former?.options === options ? former : { options, isMade: false };
          dispatching = own;
          try {
            return original.call(this, options, handler, ...more);
          } finally {
            dispatching = former;
            if (pool !== null && !own.isMade && !queued.has(options)) {
              hooks.guarded(() => {
                if (pool.stats.queued > waiting) keep(hooks, options, handler as Handler);
              });
            }
          }
        },
    );
  },
};

type Handler = Record<string, unknown>;

/** A request waits for a connection. */
function keep(hooks: Hooks, options: object, handler: Handler): void {
  const call = open(hooks, options as Request);
  const told: string[] = [];
  const over = () => {
    for (const key of told.splice(0)) Reflect.deleteProperty(handler, key);
  };
  queued.set(options, { call, over });
  if (call === null) return;
  // The handler of an older undici, and of a newer.
  for (const key of ['onError', 'onResponseError']) {
    const original = handler[key];
    if (typeof original !== 'function' || Object.hasOwn(handler, key)) continue;
    const method = function (this: unknown, ...args: unknown[]) {
      over();
      call.fail(args.at(-1));
      return (original as (...all: unknown[]) => unknown).apply(this, args);
    };
    if (Reflect.defineProperty(handler, key, { value: method, configurable: true, writable: true }))
      told.push(key);
  }
}

function open({ calls }: Hooks, { method, origin, path }: Request): Call | null {
  const owner = calls.owner();
  if (owner === null) return null;
  return calls.open(owner, calls.http(owner, originOf(origin), methodOf(method), path));
}
