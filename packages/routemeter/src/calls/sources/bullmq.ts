import type { Call } from '../call.ts';
import { destinationOf } from '../destination.ts';
import { endWithPromise, type Hooks, prototypeOf } from '../hooks.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';

interface Parts {
  queue: object | null;
  flows: object | null;
}

interface Address {
  host?: unknown;
  port?: unknown;
  path?: unknown;
  url?: unknown;
}

interface Producer {
  name?: unknown;
  opts?: { connection?: Address & { options?: Address; startupNodes?: readonly unknown[] } };
}

/** What adds jobs: of a queue and of a producer of flows. */
const QUEUE = ['add', 'addBulk', 'upsertJobScheduler'];
const FLOWS = ['add', 'addBulk'];

/**
 * bullmq. It publishes no channel; its option `telemetry` is the application's.
 *
 * - begins: `add`, `addBulk` and `upsertJobScheduler` of a queue, `add` and `addBulk` of a `FlowProducer`.
 * - owner: read there.
 * - ends: its promise.
 * - not counted: the commands of Redis beneath it, and those with which workers wait for jobs.
 */
export const bullmq: ModuleSource<Parts> = {
  package: 'bullmq',
  kind: 'messaging',
  find({ Queue, FlowProducer }) {
    const queue = prototypeOf(Queue);
    const flows = prototypeOf(FlowProducer);
    const isQueue = queue !== null && 'addBulk' in queue && 'trace' in queue;
    const isFlows = flows !== null && 'getFlow' in flows;
    return isQueue || isFlows ? { queue: isQueue ? queue : null, flows: isFlows ? flows : null } : null;
  },
  install(hooks, { queue, flows }) {
    for (const method of QUEUE) hookAdd(hooks, queue, method, ({ name }) => destinationOf(name));
    for (const method of FLOWS) hookAdd(hooks, flows, method, (_, flow) => queueOf(flow));
  },
};

function hookAdd(
  hooks: Hooks,
  prototype: object | null,
  method: string,
  destination: (producer: Producer, first: unknown) => string,
): void {
  hooks.replace(
    prototype,
    method,
    (original) =>
      function (this: Producer, ...args) {
        const call = hooks.calls.active
          ? hooks.guarded(() => open(hooks, this, method, destination(this, args[0])))
          : null;
        if (call === null) return original.apply(this, args);
        return endWithPromise(
          call,
          hooks.calls.quietly(() => original.apply(this, args)),
        );
      },
  );
}

function open({ calls }: Hooks, producer: Producer, operation: string, destination: string): Call | null {
  const owner = calls.owner();
  if (owner === null) return null;
  return calls.open(owner, calls.name('messaging', 'bullmq', peer(producer), operation, destination));
}

/** The queue at the root of a flow; empty for several flows. */
function queueOf(flow: unknown): string {
  return destinationOf((flow as { queueName?: unknown } | null)?.queueName);
}

/** Of the options, or of a client that was made before. */
function peer({ opts }: Producer): string {
  const { connection } = opts ?? {};
  if (connection === undefined) return peerOf(undefined, undefined, 6379);
  const node = connection.startupNodes?.[0] as Address | undefined;
  const { host, port, path, url } = node ?? connection.options ?? connection;
  if (typeof url === 'string' && URL.canParse(url)) {
    const { hostname, port: given } = new URL(url);
    return peerOf(hostname, given, 6379);
  }
  return path ? 'unix' : peerOf(host, port, 6379);
}
