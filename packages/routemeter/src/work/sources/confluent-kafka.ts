import { confluentKafka as calls } from '../../calls/sources/confluent-kafka.ts';
import type { UnitSource } from '../source.ts';
import { running } from './kafka.ts';

/**
 * `@confluentinc/kafka-javascript` by its promises (`KafkaJS`). As kafkajs: each message of `eachMessage` is a unit,
 * and each batch of `eachBatch`.
 *
 * - outcome: `retry` for what a handler throws at, since it is read again.
 * - not counted: messages that a consumer of node-rdkafka's way (`RdKafka`) emits or hands over.
 */
export const confluentKafka: UnitSource<{ kafka: object | null }> = {
  package: '@confluentinc/kafka-javascript',
  find(exports) {
    const parts = calls.find(exports) as { kafka: object | null } | null;
    return parts?.kafka ? parts : null;
  },
  install(hooks, { kafka }) {
    hooks.replace(
      kafka,
      'consumer',
      (original) =>
        function (this: unknown, ...args) {
          const consumer = original.apply(this, args) as object;
          // The class is exported nowhere.
          hooks.guarded(() =>
            hooks.replace(Object.getPrototypeOf(consumer) as object, 'run', (run) => running(hooks, run)),
          );
          return consumer;
        },
    );
  },
};
