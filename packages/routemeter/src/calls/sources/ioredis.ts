import type { Call } from '../call.ts';
import type { Hooks } from '../hooks.ts';
import { type KnownPeer, knownPeer } from '../peer.ts';
import { HANDSHAKE, RedisOperation, redisName, redisOperation } from '../redis-operation.ts';
import type { ModuleSource } from '../source.ts';

type Class = { readonly prototype: object };

interface Parts {
  redis: Class;
  cluster: Class | null;
  pipeline: Class | null;
}

/** On commands and pipelines: seen before, as they are sent again after waiting for a connection. */
const SEEN = Symbol('routemeter.seen');
/** On pipelines: filled by the client itself, with the commands of whoever comes along. */
const AUTOMATIC = Symbol('routemeter.automatic');
/** On clients: where they connect to. */
const PEER = Symbol('routemeter.peer');

interface Settled {
  [SEEN]?: true;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

interface Command extends Settled {
  name: string;
}

interface Redis {
  [PEER]?: KnownPeer;
  status?: string;
  options?: { host?: unknown; port?: unknown; path?: unknown };
  startupNodes?: readonly { host?: unknown; port?: unknown }[];
  _autoPipelines?: ReadonlyMap<string, unknown>;
}

interface Pipeline extends Settled {
  [AUTOMATIC]?: boolean;
  redis: Redis;
  _queue: readonly Command[];
}

const PIPELINE = new RedisOperation('PIPELINE');
const MULTI = new RedisOperation('MULTI');

/**
 * ioredis 5 and 6. Its channels are left alone: with a subscriber, a failed command that nobody awaits is no
 * longer an unhandled rejection. Under automatic pipelining and behind the queue of a client that is not
 * connected they also run in another caller's context.
 *
 * - begins: `sendCommand`, first time; `exec` of a pipeline or transaction, as one call `PIPELINE` or `MULTI`.
 * - owner: read there; of commands that are pipelined automatically where each is added.
 * - ends: where the command or the pipeline is resolved or rejected, before its promise settles.
 * - not counted: the commands of a pipeline, those of the handshake, and what asks sentinels.
 */
export const ioredis: ModuleSource<Parts> = {
  package: 'ioredis',
  kind: 'db',
  find(exports) {
    const { Redis, Cluster, Pipeline } = exports as Record<string, Class | undefined>;
    if (
      !isClass(Redis) ||
      !isClass(Pipeline) ||
      !('sendCommand' in Redis.prototype) ||
      !('addBatch' in Pipeline.prototype)
    )
      return null;
    return { redis: Redis, pipeline: Pipeline, cluster: isClass(Cluster) ? Cluster : null };
  },
  install(hooks, { redis, cluster, pipeline }) {
    const { calls } = hooks;
    for (const clients of [redis, cluster]) {
      hooks.replace(
        clients?.prototype,
        'sendCommand',
        (original) =>
          function (this: Redis, command: Command) {
            if (calls.active) hooks.guarded(beginCommand, hooks, this, command);
            // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
            return original.apply(this, arguments as never);
          },
      );
    }
    hooks.replace(
      pipeline?.prototype,
      'sendCommand',
      (original) =>
        function (this: Pipeline, command: Command, ...more) {
          if (calls.active) {
            hooks.guarded(() => {
              if (isAutomatic(this)) beginCommand(hooks, this.redis, command);
              else command[SEEN] = true;
            });
          }
          return original.call(this, command, ...more);
        },
    );
    hooks.replace(
      pipeline?.prototype,
      'exec',
      (original) =>
        function (this: Pipeline, ...args) {
          if (calls.active) hooks.guarded(() => beginPipeline(hooks, this));
          return original.apply(this, args);
        },
    );
  },
};

function beginCommand(hooks: Hooks, redis: Redis, command: Command): void {
  if (command[SEEN] === true) return;
  command[SEEN] = true;
  const operation = redisOperation(command.name);
  if (operation.asksItself && isItsOwn(redis, command.name)) return;
  const call = open(hooks, redis, operation);
  if (call !== null) endWith(call, command, null);
}

function isItsOwn({ status }: Redis, command: string): boolean {
  return command === 'sentinel' || (status === 'connect' && HANDSHAKE.has(command));
}

function beginPipeline(hooks: Hooks, pipeline: Pipeline): void {
  if (pipeline[SEEN] === true || pipeline[AUTOMATIC] === true) return;
  pipeline[SEEN] = true;
  const [first] = pipeline._queue;
  if (first === undefined) return;
  const call = open(hooks, pipeline.redis, first.name === 'multi' ? MULTI : PIPELINE);
  if (call !== null) endWith(call, pipeline, failureIn);
}

function open({ calls }: Hooks, redis: Redis, operation: RedisOperation): Call | null {
  const owner = calls.owner();
  return owner === null ? null : calls.open(owner, redisName(calls, peer(redis), operation));
}

/** Looks at what settles a command or pipeline, and not at its promise, so that nothing counts as handled. */
function endWith(call: Call, settled: Settled, failure: ((value: unknown) => unknown) | null): void {
  const { resolve, reject } = settled;
  settled.resolve = (value) => {
    const error = failure === null ? null : failure(value);
    if (error === null || error === undefined) call.end();
    else call.fail(error);
    resolve.call(settled, value);
  };
  settled.reject = (error) => {
    call.fail(error);
    reject.call(settled, error);
  };
}

/** The first error among the results of a pipeline, or of the transaction that it ends with. */
function failureIn(results: unknown): unknown {
  if (!Array.isArray(results)) return null;
  for (const result of results as unknown[]) {
    const [error, value] = Array.isArray(result) ? result : [null, null];
    if (error instanceof Error) return error;
    const inner =
      result === results.at(-1) && Array.isArray(value) ? value.find((one) => one instanceof Error) : null;
    if (inner) return inner;
  }
  return null;
}

/** Whether the client made a pipeline by itself; known at its first command. */
function isAutomatic(pipeline: Pipeline): boolean {
  if (pipeline[AUTOMATIC] === undefined) {
    const { _autoPipelines: automatic } = pipeline.redis;
    pipeline[AUTOMATIC] = automatic !== undefined && [...automatic.values()].includes(pipeline);
  }
  return pipeline[AUTOMATIC];
}

function peer(redis: Redis): string {
  const { options, startupNodes } = redis;
  if (startupNodes === undefined && options?.path) return 'unix';
  const node = startupNodes?.[0] ?? options;
  const known = knownPeer(redis[PEER], node?.host, node?.port, 6379);
  redis[PEER] = known;
  return known.peer;
}

function isClass(value: unknown): value is Class {
  return typeof value === 'function' && typeof value.prototype === 'object';
}
