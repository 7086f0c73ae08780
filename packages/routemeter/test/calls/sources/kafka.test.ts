import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as kafkajs from 'kafkajs';
import { afterAll, describe, expect, test } from 'vitest';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { kafkaProgram, startKafka } from '../../../../testkit/src/servers/kafka.ts';
import { captureMeter } from '../../../src/testing/index.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { type CallRow, openStage } from '../stage.ts';

const missing = await kafkaProgram();
const server = missing === null ? await startKafka(['orders', 'bills', 'denied', 'slow']) : null;
afterAll(() => server?.stop());

/** The library's methods are each producer's own: one that is made before a meter sends calls is not followed. */
const meter = captureMeter({ upstreams: true });
afterAll(() => meter.close());

const brokers = [`127.0.0.1:${server?.port ?? 0}`];
const counts = (rows: readonly CallRow[]) => Object.fromEntries(rows.map(({ name, count }) => [name, count]));

async function staged(use: () => unknown): Promise<CallRow[]> {
  const stage = await openStage({ '/ask': use });
  try {
    await stage.get('/ask');
    return await stage.rows();
  } finally {
    await stage.stop();
  }
}

describe.skipIf(missing !== null)(`kafkajs 2${missing === null ? '' : ` (${missing})`}`, () => {
  const opened = async (options: kafkajs.ProducerConfig = {}) => {
    const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
    const producer = kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      ...options,
    });
    await producer.connect();
    return producer;
  };
  const message = { value: 'value' };

  sourceContract({
    title: 'kafkajs 2',
    modules: [kafkajs],
    names: { quick: 'kafka send orders', slow: 'kafka send slow', failing: 'kafka send denied' },
    error: 'TOPIC_AUTHORIZATION_FAILED',
    open: async (maxInFlightRequests): Promise<Operations> => {
      const producer = await opened({ maxInFlightRequests });
      return {
        quick: () => producer.send({ topic: 'orders', messages: [message] }),
        slow: (ms) => producer.send({ topic: 'slow', messages: [{ ...message, partition: ms }] }),
        failing: () => producer.send({ topic: 'denied', messages: [message] }),
        secret: (secret) =>
          producer.send({
            topic: 'orders',
            messages: [{ key: secret, value: secret, headers: { [secret]: secret } }],
          }),
        close: () => producer.disconnect(),
      };
    },
  });

  test('a batch is one call, whatever its topics; so is what a transaction sends', async () => {
    const producer = await opened({ transactionalId: 'one', maxInFlightRequests: 1, idempotent: true });
    const rows = await staged(async () => {
      await producer.sendBatch({
        topicMessages: [
          { topic: 'orders', messages: [message, message] },
          { topic: 'bills', messages: [message] },
        ],
      });
      await producer.sendBatch({ topicMessages: [{ topic: 'bills', messages: [message] }] });
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'orders', messages: [message] });
      await transaction.sendBatch({ topicMessages: [{ topic: 'orders', messages: [message] }] });
      await transaction.commit();
    });
    expect(counts(rows)).toEqual({
      'kafka sendBatch': 1,
      'kafka sendBatch bills': 1,
      'kafka send orders': 1,
      'kafka sendBatch orders': 1,
    });
    expect(rows.flatMap(({ errors }) => errors)).toEqual([]);
    await producer.disconnect();
  });

  test('what is sent before it is connected fails as without us', async () => {
    const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    expect([producer.send.name, producer.send.length]).toEqual(['send', 1]);
    const rows = await staged(() => producer.send({ topic: 'orders', messages: [message] }).catch(() => {}));
    expect(rows).toMatchObject([{ name: 'kafka send orders', count: 1, errors: ['KafkaJSError'] }]);
  });
});

/** What is used of it; its own types need the package. */
interface Confluent {
  KafkaJS: {
    Kafka: new (
      options: object,
    ) => {
      producer(options?: object): {
        connect(): Promise<void>;
        disconnect(): Promise<void>;
        send(record: object): Promise<unknown>;
        sendBatch(batch: object): Promise<unknown>;
      };
    };
  };
  RdKafka: {
    Producer: new (
      options: object,
    ) => {
      connect(): void;
      disconnect(done: () => void): void;
      once(event: 'ready', done: () => void): void;
      produce(topic: string, partition: number | null, value: Buffer, key?: string): boolean;
    };
  };
}

const confluent = missing === null ? await installConfluent() : missing;
const isInstalled = typeof confluent !== 'string';

/**
 * Its native part is downloaded from where it was built, or built here; or why neither is done. Nobody who runs the
 * tests is made to wait for that.
 */
async function installConfluent(): Promise<Confluent | string> {
  const name = '@confluentinc/kafka-javascript';
  if (!process.env.ROUTEMETER_TEST_CONFLUENT)
    return `${name} downloads or builds its native part: ROUTEMETER_TEST_CONFLUENT=1 does that`;
  try {
    const folder = await installedFolder(`confluent-kafka-${process.versions.modules}`, {
      private: true,
      dependencies: { [name]: '1.10.1' },
    });
    return createRequire(join(folder, 'package.json'))(name) as Confluent;
  } catch (error) {
    return `${name} cannot be installed (${String((error as Error).message).split('\n')[0]})`;
  }
}

describe.skipIf(!isInstalled)(`confluent 1${isInstalled ? '' : ` (${confluent})`}`, () => {
  const { KafkaJS, RdKafka } = confluent as Confluent;
  const silent = { kafkaJS: { brokers, logLevel: kafkajs.logLevel.NOTHING } };
  const message = () => ({ value: 'value' });
  const opened = async () => {
    const producer = new KafkaJS.Kafka(silent).producer({ 'linger.ms': 0 });
    await producer.connect();
    return producer;
  };

  sourceContract({
    title: '@confluentinc/kafka-javascript 1',
    modules: isInstalled ? [confluent] : [],
    names: { quick: 'kafka send orders', slow: 'kafka send slow', failing: 'kafka send denied' },
    error: 'ERR_TOPIC_AUTHORIZATION_FAILED',
    connections: [1],
    open: async (): Promise<Operations> => {
      const producer = await opened();
      // From the second time on the library refuses by itself, with an error of another class.
      await producer.send({ topic: 'denied', messages: [message()] }).catch(() => {});
      return {
        quick: () => producer.send({ topic: 'orders', messages: [message()] }),
        slow: (ms) => producer.send({ topic: 'slow', messages: [{ ...message(), partition: ms }] }),
        failing: () => producer.send({ topic: 'denied', messages: [message()] }),
        secret: (secret) =>
          producer.send({
            topic: 'orders',
            messages: [{ key: secret, value: secret, headers: { [secret]: secret } }],
          }),
        close: () => producer.disconnect(),
      };
    },
  });

  test('a batch is one call; what is produced without a promise is over when it is in the queue', async () => {
    const producer = await opened();
    const plain = new RdKafka.Producer({ 'bootstrap.servers': brokers[0] });
    await new Promise<void>((ready) => {
      plain.once('ready', ready);
      plain.connect();
    });
    const rows = await staged(async () => {
      await producer.sendBatch({
        topicMessages: [
          { topic: 'orders', messages: [message()] },
          { topic: 'bills', messages: [message()] },
        ],
      });
      plain.produce('orders', null, Buffer.from('value'));
      expect(() => plain.produce('', null, Buffer.from('value'))).toThrow(TypeError);
    });
    expect(counts(rows)).toEqual({ 'kafka sendBatch': 1, 'kafka produce orders': 1, 'kafka produce': 1 });
    expect(rows.flatMap(({ errors }) => errors)).toEqual(['TypeError']);
    await producer.disconnect();
    await new Promise<void>((closed) => plain.disconnect(closed));
  });
});
