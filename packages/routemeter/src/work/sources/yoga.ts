import type { Method } from '../../calls/dress.ts';
import { dress } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { currentUnit, isThenable, type WorkUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import { type Asked, endOperation, nameOperation, openOperation } from './graphql.ts';

/** What an operation is run by. */
interface Enveloped {
  execute: Method;
  subscribe: Method;
}

interface Server {
  handleParams?: Method;
  getEnveloped?: Method;
}

/** Servers that are followed; each sets its endpoint when it is made, and may do so later. */
const followed = new WeakSet<Server>();

/**
 * GraphQL Yoga. Each operation is a unit, of a batch each one; the request around it stays what it is.
 *
 * - begins: behind the hooks that look at its parameters, before it is parsed.
 * - ends: with its result; where that is a stream, as of a subscription or with `@defer`, when the stream is handed over.
 * - name: its type and root fields; see `graphql.ts`.
 * - outcome: `error` where the result has errors.
 * - not counted: what those hooks refuse or answer, and what is run by `getEnveloped` alone, as over a socket.
 */
export const yoga: UnitSource<object> = {
  package: 'graphql-yoga',
  find({ createYoga, YogaServer }) {
    const servers = typeof createYoga === 'function' ? prototypeOf(YogaServer) : null;
    const endpoint = servers && Object.getOwnPropertyDescriptor(servers, 'graphqlEndpoint');
    return endpoint?.set === undefined ? null : servers;
  },
  install(hooks, servers) {
    // What handles operations is made by the constructor, which sets the endpoint before.
    hooks.replaceSetter(
      servers,
      'graphqlEndpoint',
      (original) =>
        function (this: Server, endpoint) {
          if (!followed.has(this)) {
            followed.add(this);
            queueMicrotask(() => hooks.guarded(follow, hooks, this, undefined));
          }
          original.call(this, endpoint);
        },
    );
  },
};

function follow(hooks: UnitHooks, server: Server): void {
  const { handleParams, getEnveloped } = server;
  if (typeof handleParams !== 'function' || typeof getEnveloped !== 'function') return;
  server.handleParams = function (this: unknown, ...args) {
    const unit = hooks.guarded(openOperation, hooks.units);
    if (unit === null) return handleParams.apply(this, args);
    return run(hooks, unit, handleParams, this, args);
  };
  const enveloped: Method = function (this: unknown, ...args) {
    const made = getEnveloped.apply(this, args) as Enveloped;
    hooks.guarded(() => {
      made.execute = naming(hooks, made.execute);
      made.subscribe = naming(hooks, made.subscribe);
    });
    return made;
  };
  dress(enveloped, getEnveloped);
  server.getEnveloped = enveloped;
}

/** What runs an operation that was validated. */
function naming(hooks: UnitHooks, original: Method): Method {
  return function (this: unknown, ...args) {
    hooks.guarded(() => {
      const unit = currentUnit();
      if (unit?.kind === 'graphql') nameOperation(unit as WorkUnit, args[0] as Asked);
    });
    return original.apply(this, args);
  };
}

function run({ units }: UnitHooks, unit: WorkUnit, fn: Method, self: unknown, args: unknown[]): unknown {
  let result: unknown;
  try {
    result = units.run(unit, apply, undefined, fn, self, args);
  } catch (error) {
    unit.fail(error);
    throw error;
  }
  // The library has promises of its own, which settle at once.
  if (!isThenable(result)) {
    endOperation(unit, errorsOf(result));
    return result;
  }
  return (result as PromiseLike<unknown>).then(
    (value) => {
      endOperation(unit, errorsOf(value));
      return value;
    },
    (error: unknown) => {
      unit.fail(error);
      throw error;
    },
  );
}

function apply(fn: Method, self: unknown, args: unknown[]): unknown {
  return fn.apply(self, args);
}

function errorsOf(result: unknown): unknown {
  return (result as { errors?: unknown } | null | undefined)?.errors;
}
