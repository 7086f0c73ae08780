import { type Hooks, type Method, prototypeOf } from '../hooks.ts';
import type { ModuleSource } from '../source.ts';
import { sending } from './kafka.ts';

type Client = Record<'send' | 'sendBatch' | 'transaction', unknown>;

/** Whose methods were replaced; they are functions of each producer, and of no prototype. */
const SEEN = Symbol('routemeter.seen');

/**
 * kafkajs. It tells of requests to brokers, which carry the messages of many, and of no message.
 *
 * - begins: `send` and `sendBatch` of a producer, or of a transaction that it began.
 * - owner: read there.
 * - ends: its promise.
 * - not counted: connecting, metadata, and what consumers and the commit of a transaction ask for.
 */
export const kafkajs: ModuleSource<{ kafka: object }> = {
  package: 'kafkajs',
  kind: 'messaging',
  find({ Kafka, CompressionCodecs, AssignerProtocol, default: standard }) {
    const kafka = prototypeOf(Kafka);
    if (kafka !== null && 'producer' in kafka && CompressionCodecs && AssignerProtocol) return { kafka };
    // The file that the preload meets exports the class alone.
    const own = prototypeOf(standard);
    return own !== null && ['producer', 'consumer', 'admin', 'logger'].every((name) => name in own)
      ? { kafka: own }
      : null;
  },
  install(hooks, { kafka }) {
    hooks.replace(
      kafka,
      'producer',
      (original) =>
        function (this: unknown, ...args) {
          const producer = original.apply(this, args) as Client;
          hooks.guarded(() => followProducer(hooks, producer));
          return producer;
        },
    );
  },
};

function followProducer(hooks: Hooks, producer: Client): void {
  followSends(hooks, producer);
  const { transaction } = producer;
  if (typeof transaction !== 'function') return;
  producer.transaction = alike(transaction as Method, (...args) => {
    const begun = (transaction as Method).apply(producer, args) as unknown;
    if (!(begun instanceof Promise)) return begun;
    return begun.then((client: Client) => {
      hooks.guarded(() => followSends(hooks, client));
      return client;
    });
  });
}

function followSends(hooks: Hooks, client: Client & { [SEEN]?: true }): void {
  if (client[SEEN] === true) return;
  Object.defineProperty(client, SEEN, { value: true });
  for (const method of ['send', 'sendBatch'] as const) {
    const original = client[method];
    if (typeof original !== 'function') continue;
    client[method] = alike(original as Method, sending(hooks, method, original as Method));
  }
}

/** With the name and length of the original. */
function alike(original: Method, method: Method): Method {
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(method, key, { value: original[key], configurable: true });
  }
  return method;
}
