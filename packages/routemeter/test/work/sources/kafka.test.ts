import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as kafkajs from 'kafkajs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { kafkaProgram, startKafka } from '../../../../testkit/src/servers/kafka.ts';
import { units } from '../../../src/work/follow-units.ts';
import { openStage } from '../../calls/stage.ts';
import { ended, isUnit, unitContract } from '../contract.ts';

const TASKS = Array.from({ length: 20 }, (_, at) => `task-${String.fromCharCode(97 + at)}`);
/** What a topic was sent stays in it: each test has its own. */
const ENDINGS = ['', '-confluent'];
const TOPICS = ENDINGS.flatMap((ending) => [...TASKS.map((task) => task + ending), `task-a${ending}-alone`]);
const missing = await kafkaProgram();
const server = missing === null ? await startKafka([...TOPICS, 'batches', 'fatal']) : null;
afterAll(() => server?.stop());

const brokers = [`127.0.0.1:${server?.port ?? 0}`];
let groups = 0;
/** What the topics of the last test end with. */
let ending = '';
const endingOf = (names: readonly string[], client: string) => client + (names.length === 1 ? '-alone' : '');

describe.skipIf(missing !== null)(`kafkajs 2${missing === null ? '' : ` (${missing})`}`, () => {
  const kafka = () => new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producing = async () => {
    const producer = kafka().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    return producer;
  };
  const consuming = async (topics: string[], config: kafkajs.ConsumerRunConfig) => {
    const consumer = kafka().consumer({
      groupId: `group-${groups++}`,
      maxWaitTimeInMs: 50,
      retry: { initialRetryTime: 1, maxRetryTime: 5, retries: 50 },
    });
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run(config);
    await joined;
    return consumer;
  };

  unitContract({
    title: 'kafkajs 2',
    modules: [kafkajs],
    kind: 'message',
    system: 'kafka',
    shown: (name) => name + ending,
    outcomes: { fail: 'retry', again: 'retry' },
    repeats: true,
    async open(names, handle) {
      ending = endingOf(names, '');
      const producer = await producing();
      const consumer = await consuming(
        names.map((name) => name + ending),
        {
          partitionsConsumedConcurrently: 50,
          eachMessage: async ({ topic, message }) => {
            await handle(topic, message.value!.toString());
          },
        },
      );
      return {
        send: (name, task) => producer.send({ topic: name + ending, messages: [{ value: task }] }),
        async close() {
          await consumer.disconnect();
          await producer.disconnect();
        },
      };
    },
  });

  test('a batch is one unit, and waited since its first message was sent; what it is run with stays as it is', async () => {
    const stage = await openStage({});
    units(stage.meter, kafkajs);
    const producer = await producing();
    const timestamp = String(Date.now() - 5000);
    await producer.send({
      topic: 'batches',
      messages: ['a', 'b', 'c'].map((value) => ({ value, timestamp, partition: 0 })),
    });
    let handled = 0;
    const config: kafkajs.ConsumerRunConfig = {
      eachBatch: async ({ batch }) => {
        handled += batch.messages.length;
      },
    };
    const { eachBatch } = config;
    const consumer = await consuming(['batches'], config);
    await vi.waitFor(() => expect(handled).toBe(3), { timeout: 60_000, interval: 20 });
    expect(config.eachBatch).toBe(eachBatch);
    const metrics = await ended(stage, 1);
    expect(metrics.find(isUnit)!.tags).toMatchObject({ work_name: 'batches', outcome: 'ok' });
    const queued = metrics.find(({ name }) => name === 'messaging.process.queued')!;
    expect(Number(queued.value)).toBeGreaterThanOrEqual(4999);
    await consumer.disconnect();
    await producer.disconnect();
    await stage.stop();
  });

  test('an error that makes no sense to retry ends the consumer, as without us', async () => {
    const crashed = async (isFollowed: boolean) => {
      const stage = await openStage({}, { enabled: isFollowed });
      units(stage.meter, kafkajs);
      const producer = await producing();
      const consumer = kafka().consumer({ groupId: `group-${groups++}`, maxWaitTimeInMs: 50 });
      const told: unknown[] = [];
      consumer.on(consumer.events.CRASH, ({ payload }) => told.push(String(payload.error), payload.restart));
      await consumer.connect();
      await consumer.subscribe({ topics: ['fatal'], fromBeginning: true });
      await consumer.run({
        eachMessage: async () => {
          throw new kafkajs.KafkaJSNonRetriableError('fatal');
        },
      });
      await producer.send({ topic: 'fatal', messages: [{ value: 'x', partition: 0 }] });
      await vi.waitFor(() => expect(told).toHaveLength(2), { timeout: 60_000, interval: 20 });
      const found = isFollowed ? (await ended(stage, 1)).filter(isUnit).map(({ tags }) => tags.outcome) : [];
      await consumer.disconnect();
      await producer.disconnect();
      await stage.stop();
      return { told, found };
    };
    const without = await crashed(false);
    const followed = await crashed(true);
    expect(followed).toEqual({ told: without.told, found: ['error'] });
  });
});

type Confluent = { KafkaJS: { Kafka: new (config: object) => kafkajs.Kafka } };

const confluent = missing === null ? await installConfluent() : missing;
const isInstalled = typeof confluent !== 'string';

/** Its native part is downloaded from where it was built, or built here: nobody who runs the tests waits for that. */
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
  unitContract({
    title: '@confluentinc/kafka-javascript 1',
    modules: isInstalled ? [confluent] : [],
    kind: 'message',
    system: 'kafka',
    shown: (name) => name + ending,
    outcomes: { fail: 'retry', again: 'retry' },
    repeats: true,
    async open(names, handle) {
      ending = endingOf(names, '-confluent');
      const { KafkaJS } = confluent as Confluent;
      const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers, logLevel: kafkajs.logLevel.NOTHING } });
      const producer = kafka.producer();
      const consumer = kafka.consumer({
        kafkaJS: { groupId: `confluent-${groups++}`, fromBeginning: true },
      } as never);
      await producer.connect();
      await consumer.connect();
      await consumer.subscribe({ topics: names.map((name) => name + ending) });
      await consumer.run({
        partitionsConsumedConcurrently: 50,
        eachMessage: async ({ topic, message }) => {
          await handle(topic, message.value!.toString());
        },
      });
      const { assignment } = consumer as unknown as { assignment(): unknown[] };
      await vi.waitFor(() => expect(assignment.call(consumer).length).toBeGreaterThan(0), {
        timeout: 60_000,
        interval: 50,
      });
      return {
        send: (name, task) => producer.send({ topic: name + ending, messages: [{ value: task }] }),
        async close() {
          await consumer.disconnect();
          await producer.disconnect();
        },
      };
    },
  });
});
