import type { Call } from '../call.ts';
import { type Hooks, prototypeOf } from '../hooks.ts';
import { methodOf, originOf } from '../http-name.ts';
import type { BuiltinSource, ModuleSource } from '../source.ts';

/** On undici's request: the same object in all of its messages. */
const CALL = Symbol('routemeter.call');

interface Request {
  [CALL]?: Call;
  origin: unknown;
  method: unknown;
  path: unknown;
}

/** What a dispatcher was asked, by the options of the request, until a connection takes it; null for nobody's. */
const queued = new WeakMap<object, Call | null>();
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
      // What is dispatched once more, as by a retry, is another call.
      const call = known === undefined || known?.ended === true ? open(hooks, request) : known;
      if (call !== null) request[CALL] = call;
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

/**
 * The dispatchers of undici from npm. A pool whose connections are all in use keeps requests back, and publishes
 * them as made when one is free, in the context of whoever frees it. So whose they are is read where they
 * are dispatched, and their waiting counts in.
 */
export const undici: ModuleSource<object> = {
  package: 'undici',
  kind: 'http',
  find(exports) {
    const client = prototypeOf(exports.Client);
    const base = client === null ? null : (Object.getPrototypeOf(client) as object | null);
    return base !== null && 'Agent' in exports && Object.hasOwn(base, 'dispatch') ? base : null;
  },
  install(hooks, base) {
    const { calls } = hooks;
    hooks.replace(
      base,
      'dispatch',
      (original) =>
        function (this: unknown, options: unknown, ...more) {
          if (!calls.active || typeof options !== 'object' || options === null)
            return original.call(this, options, ...more);
          const former = dispatching;
          const own = former?.options === options ? former : { options, isMade: false };
          dispatching = own;
          try {
            return original.call(this, options, ...more);
          } finally {
            dispatching = former;
            if (own !== former && !own.isMade && !queued.has(options)) {
              queued.set(
                options,
                hooks.guarded(() => open(hooks, options as Request)),
              );
            }
          }
        },
    );
  },
};

function open({ calls }: Hooks, { method, origin, path }: Request): Call | null {
  const owner = calls.owner();
  if (owner === null) return null;
  return calls.open(owner, calls.name('http', '', originOf(origin), methodOf(method), calls.pathOf(path)));
}
