import { destinationOf } from '../destination.ts';
import { type Hooks, prototypeOf } from '../hooks.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';
import { open, sending } from './kafka.ts';

interface Parts {
  kafka: object | null;
  producer: object | null;
  /** The names of its errors by their number. */
  codes: ReadonlyMap<unknown, string>;
}

/**
 * `@confluentinc/kafka-javascript`: its promises (`KafkaJS`) and the methods of node-rdkafka (`Producer`).
 *
 * - begins: `send` and `sendBatch`; `produce`.
 * - owner: read there.
 * - ends: its promise, when the broker has confirmed each message; of `produce` when the message is in the
 *   library's queue: its reports of delivery do not say which call they are of.
 * - not counted: what `send` produces, and `sendBatch` sends.
 */
export const confluentKafka: ModuleSource<Parts> = {
  package: '@confluentinc/kafka-javascript',
  kind: 'messaging',
  find({ KafkaJS, RdKafka, Kafka, PartitionAssignors, CODES, ErrorCodes }) {
    const own = (KafkaJS ?? (PartitionAssignors ? { Kafka } : {})) as { Kafka?: unknown };
    const kafka = prototypeOf(own.Kafka);
    const producer = prototypeOf((RdKafka as { Producer?: unknown } | undefined)?.Producer);
    if (kafka === null && producer === null) return null;
    const errors = (CODES as { ERRORS?: object } | undefined)?.ERRORS ?? ErrorCodes ?? {};
    return { kafka, producer, codes: new Map(Object.entries(errors).map(([name, code]) => [code, name])) };
  },
  install(hooks, { kafka, producer, codes }) {
    const { calls } = hooks;
    hooks.replace(
      kafka,
      'producer',
      (original) =>
        function (this: unknown, ...args) {
          const made = original.apply(this, args) as object;
          // The class is exported nowhere.
          hooks.guarded(() => followSends(hooks, Object.getPrototypeOf(made) as object, codes));
          return made;
        },
    );
    hooks.replace(
      producer,
      'produce',
      (original) =>
        function (this: unknown, ...args) {
          const call = calls.active
            ? hooks.guarded(() => open(hooks, peer(this), 'produce', destinationOf(args[0])))
            : null;
          if (call === null) return original.apply(this, args);
          try {
            const result = original.apply(this, args) as unknown;
            call.end();
            return result;
          } catch (error) {
            call.fail(error);
            throw error;
          }
        },
    );
  },
};

function followSends(hooks: Hooks, producer: object, codes: ReadonlyMap<unknown, string>): void {
  const beneath = <R>(fn: () => R): R => hooks.calls.quietly(fn);
  for (const method of ['send', 'sendBatch']) {
    hooks.replace(producer, method, (original) => sending(hooks, method, original, { beneath, codes }));
  }
}

/** The first of its brokers. */
function peer(producer: unknown): string {
  const { globalConfig } = producer as { globalConfig?: Record<string, unknown> };
  const brokers = globalConfig?.['bootstrap.servers'] ?? globalConfig?.['metadata.broker.list'];
  return brokerOf(typeof brokers === 'string' ? brokers.split(',')[0]! : '');
}

function brokerOf(text: string): string {
  const [, host, port] = /^(?:[a-z_]+:\/\/)?(.*?)(?::(\d+))?$/i.exec(text.trim()) ?? [];
  return host === undefined || host === '' ? '' : peerOf(host.replace(/^\[|\]$/g, ''), port, 9092);
}
