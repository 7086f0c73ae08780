import type { Method } from '../../calls/dress.ts';
import { kafkajs as calls } from '../../calls/sources/kafkajs.ts';
import type { UnitSource } from '../source.ts';
import { running } from './kafka.ts';

/**
 * kafkajs. Each message that `eachMessage` of a consumer is handed is a unit, and each batch that `eachBatch` is.
 *
 * - ends: with the handler.
 * - name: the topic.
 * - outcome: `retry` for what a handler throws at, since it is read again, `error` where that is not retriable.
 * - queued: from the time that the message carries, of a batch its first one.
 */
export const kafkajs: UnitSource<{ kafka: object }> = {
  package: 'kafkajs',
  find: (exports) => calls.find(exports) as { kafka: object } | null,
  install(hooks, { kafka }) {
    hooks.replace(
      kafka,
      'consumer',
      (original) =>
        function (this: unknown, ...args) {
          // Its methods are its own, and of no prototype.
          const consumer = original.apply(this, args) as { run?: unknown };
          hooks.guarded(() => {
            if (typeof consumer.run === 'function') consumer.run = running(hooks, consumer.run as Method);
          });
          return consumer;
        },
    );
  },
};
