import type { Work } from '../../attribution/index.ts';
import type { Call } from '../call.ts';
import { endWithPromise, type Hooks, type Method } from '../hooks.ts';
import { peerOf } from '../peer.ts';
import { RedisOperation, redisName, redisOperation } from '../redis-operation.ts';
import type { ModuleSource } from '../source.ts';

type Class = { readonly prototype: object };

interface Parts {
  client: Class | undefined;
  pool: Class | undefined;
}

/** On a pool's client while it works: for whom. */
const TASK = Symbol('routemeter.task');

interface Task {
  owner: Work | null;
  /** The call that waited for the client, until a command takes it; null where nothing is to be recorded. */
  call: Call | null;
}

interface Client {
  [TASK]?: Task | undefined;
  _self?: Client;
  options?: { socket?: { host?: unknown; port?: unknown; path?: unknown } };
}

/**
 * redis 5 and 6, which are `@redis/client`. Its channels run in another caller's context behind a pool, and tell
 * of a failed transaction as if it had succeeded.
 *
 * - begins: `sendCommand`; `_executeMulti` and `_executePipeline` as one call `MULTI` or `PIPELINE`; behind a pool
 *   where it is asked, so that the waiting for a client counts in.
 * - owner: read there.
 * - ends: its promise.
 * - not counted: the handshake, and the commands of a pipeline.
 */
export const redis: ModuleSource<Parts> = {
  package: 'redis',
  kind: 'db',
  find(exports) {
    const { createClient, createClientPool, RedisClient, RedisClientPool } = exports;
    const client = [RedisClient, exports.default].find((one) => has(one, '_executeMulti', 'sendCommand'));
    const pool = [RedisClientPool, exports.default].find((one) => has(one, 'execute', 'MULTI'));
    if (client !== undefined || pool !== undefined) return { client, pool } as Parts;
    if (typeof createClient !== 'function' || typeof createClientPool !== 'function') return null;
    // redis 5 exports no classes: one that is made and never connected leads to them.
    return { client: classOf(createClient(), '_executeMulti'), pool: classOf(createClientPool(), 'execute') };
  },
  install(hooks, { client, pool }) {
    const { calls } = hooks;
    hooks.replace(
      client?.prototype,
      'sendCommand',
      (original) =>
        function (this: Client, ...args) {
          return run(hooks, this, () => redisOperation(args[0]?.[0]), original, args, false);
        },
    );
    for (const [method, operation] of [
      ['_executeMulti', new RedisOperation('MULTI')],
      ['_executePipeline', new RedisOperation('PIPELINE')],
    ] as const) {
      hooks.replace(
        client?.prototype,
        method,
        (original) =>
          function (this: Client, ...args) {
            return run(hooks, this, () => operation, original, args, true);
          },
      );
    }
    hooks.replace(
      pool?.prototype,
      'execute',
      (original) =>
        function (this: Record<string, unknown>, fn: Method, ...more) {
          if (!calls.active || typeof fn !== 'function') return original.call(this, fn, ...more);
          const owner = calls.owner();
          const waits =
            owner === null
              ? null
              : hooks.guarded(() => calls.open(owner, calls.name('db', 'redis', '', 'EXECUTE')));
          const task: Task = { owner, call: waits };
          const result = original.call(this, withTask(task, fn), ...more);
          // Where the pool is closed, or its queue is full, no client comes.
          if (waits !== null && result instanceof Promise)
            return result.catch((error: unknown) => {
              if (task.call !== null) waits.fail(error);
              throw error;
            });
          return result;
        },
    );
  },
};

function run(
  hooks: Hooks,
  client: Client,
  operation: () => RedisOperation,
  original: Method,
  args: unknown[],
  isBatch: boolean,
): unknown {
  const { calls } = hooks;
  const call = calls.active ? hooks.guarded(() => begin(hooks, client, operation())) : null;
  if (call === null) return original.apply(client, args);
  return endWithPromise(call, original.apply(client, args), isBatch ? failureIn : undefined);
}

/** A transaction or pipeline succeeds with the errors of its commands among its results. */
function failureIn(value: unknown): unknown {
  return Array.isArray(value) ? value.find((one) => one instanceof Error) : null;
}

function begin({ calls }: Hooks, client: Client, operation: RedisOperation): Call | null {
  const self = client._self ?? client;
  const task = self[TASK];
  const owner = task === undefined ? calls.owner() : task.owner;
  if (owner === null) return null;
  const { host, port, path } = self.options?.socket ?? {};
  const name = redisName(calls, path ? 'unix' : peerOf(host, port, 6379), operation);
  const waited = task?.call ?? null;
  if (waited === null) return calls.open(owner, name);
  task!.call = null;
  waited.name = name;
  waited.pooled();
  return waited;
}

/** A function that a pool runs with a client, whose commands are then the task's. */
function withTask(task: Task, fn: Method): Method {
  return function (this: unknown, client: Client, ...more) {
    const self = client._self ?? client;
    self[TASK] = task;
    const over = (): void => {
      if (self[TASK] === task) self[TASK] = undefined;
    };
    let result: unknown;
    try {
      result = fn.call(this, client, ...more);
    } catch (error) {
      over();
      throw error;
    } finally {
      // It waited for a client, and did nothing with it at once.
      task.call?.cancel();
      task.call = null;
    }
    if (result instanceof Promise) return result.finally(over);
    over();
    return result;
  };
}

/** The class in an object's ancestry that has a method of its own. */
function classOf(object: unknown, method: string): Class | undefined {
  for (let at = object as object | null; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.hasOwn(at, method)) return { prototype: at };
  }
  return undefined;
}

function has(value: unknown, ...methods: readonly string[]): value is Class {
  return typeof value === 'function' && methods.every((name) => name in (value.prototype as object));
}
