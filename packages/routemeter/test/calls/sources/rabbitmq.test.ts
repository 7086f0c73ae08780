import { createRequire } from 'node:module';
import * as amqplib1 from 'amqplib1';
import * as amqplib2 from 'amqplib2';
import * as callbacks2 from 'amqplib2/callback_api';
import { afterAll, describe, expect, test } from 'vitest';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { startDelayed } from '../../../../testkit/src/servers/delayed.ts';
import { RABBITMQ_PROGRAMS, startRabbitmq } from '../../../../testkit/src/servers/rabbitmq.ts';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { type CallRow, openStage } from '../stage.ts';

type Amqplib = typeof amqplib2;

const missing = await debianPrograms(RABBITMQ_PROGRAMS);
const server = missing === null ? await startRabbitmq() : null;
const slow = server === null ? [] : [await startDelayed(server.port, 5), await startDelayed(server.port, 60)];
afterAll(async () => {
  for (const one of slow) await one.stop();
  await server?.stop();
});

const url = server?.url ?? '';
const body = Buffer.from('body');
/** Its queue is made by none of the requests. */
const QUEUE = 'orders';

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

const slowUrl = (ms: number): string => `amqp://guest:guest@127.0.0.1:${slow[ms === 5 ? 0 : 1]!.port}`;

/** One answers after 5 ms, one after 60. */
const byDelay = async <T>(open: (ms: number) => Promise<T>): Promise<(ms: number) => T> => {
  const [five, sixty] = [await open(5), await open(60)];
  return (ms) => (ms === 5 ? five : sixty);
};

describe.skipIf(missing !== null).each([
  // It has no types of its own.
  ['amqplib 0.10', createRequire(import.meta.url)('amqplib0') as Amqplib],
  ['amqplib 1', amqplib1 as unknown as Amqplib],
  ['amqplib 2', amqplib2],
])(`%s${missing === null ? '' : ` (${missing})`}`, (title, amqplib) => {
  sourceContract({
    title: `${title}, confirmed`,
    modules: [amqplib],
    names: {
      quick: 'rabbitmq publish orders',
      slow: 'rabbitmq publish orders',
      failing: 'rabbitmq checkQueue missing',
    },
    error: '404',
    beside: ['rabbitmq createChannel'],
    open: async (size): Promise<Operations> => {
      const connection = await amqplib.connect(url);
      const channels = await Promise.all(
        Array.from({ length: size }, () => connection.createConfirmChannel()),
      );
      await channels[0]!.assertQueue(QUEUE);
      const slowly = await byDelay(async (ms) => {
        const other = await amqplib.connect(slowUrl(ms));
        return { other, channel: await other.createConfirmChannel() };
      });
      let next = 0;
      const publish = (channel: amqplib2.ConfirmChannel) =>
        new Promise((done, fail) => {
          channel.sendToQueue(QUEUE, body, {}, (error) => (error ? fail(error) : done(null)));
        });
      return {
        quick: () => publish(channels[next++ % size]!),
        slow: (ms) => publish(slowly(ms).channel),
        failing: async () => {
          // An error closes the channel.
          const channel = await connection.createChannel();
          channel.on('error', () => {});
          await channel.checkQueue('missing');
        },
        secret: async (secret) => {
          const [channel] = channels;
          await new Promise((done) =>
            channel!.publish(
              'amq.topic',
              `key.${secret}`,
              Buffer.from(secret),
              { headers: { [secret]: secret }, correlationId: secret, messageId: secret, userId: 'guest' },
              done,
            ),
          );
          await channel!.bindQueue(QUEUE, 'amq.topic', secret, { [secret]: secret });
          await channel!.unbindQueue(QUEUE, 'amq.topic', secret, { [secret]: secret });
          await channel!.purgeQueue(QUEUE);
        },
        close: async () => {
          await slowly(5).other.close();
          await slowly(60).other.close();
          await connection.close();
        },
      };
    },
  });

  test('a message without confirms is over when it is sent; get and declarations when they are answered', async () => {
    const connection = await amqplib.connect(url);
    const rows = await staged(async () => {
      const channel = await connection.createChannel();
      await channel.assertQueue('plain');
      channel.sendToQueue('plain', body);
      channel.publish('', 'plain', body);
      channel.publish('amq.fanout', 'key', body);
      for (let found: unknown; !found; ) found = await channel.get('plain', { noAck: true });
      await channel.deleteQueue('plain');
      await channel.close();
    });
    const { 'rabbitmq get plain': gets, ...others } = counts(rows);
    expect(gets).toBeGreaterThan(0);
    expect(others).toEqual({
      'rabbitmq createChannel': 1,
      'rabbitmq assertQueue plain': 1,
      'rabbitmq publish plain': 2,
      'rabbitmq publish amq.fanout': 1,
      'rabbitmq deleteQueue plain': 1,
    });
    expect(rows.flatMap(({ errors }) => errors)).toEqual([]);
    await connection.close();
  });

  test('queues that the broker named, and those of one connection, are temporary', async () => {
    const connection = await amqplib.connect(url);
    const channel = await connection.createChannel();
    const rows = await staged(async () => {
      for (let i = 0; i < 3; i++) {
        const { queue } = await channel.assertQueue('', { exclusive: true });
        const { consumerTag } = await channel.consume(queue, () => {}, { noAck: true });
        channel.sendToQueue(queue, body);
        await channel.cancel(consumerTag);
        await channel.assertQueue(`mine-${i}`, { exclusive: true });
      }
    });
    expect(counts(rows)).toEqual({
      'rabbitmq assertQueue (temporary)': 6,
      'rabbitmq consume (temporary)': 3,
      'rabbitmq publish (temporary)': 3,
      'rabbitmq cancel': 3,
    });
    await connection.close();
  });

  test('a message that the broker refuses failed; the callback is told the same as without us', async () => {
    const connection = await amqplib.connect(url);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('full', {
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    });
    const send = () =>
      new Promise((told) => {
        channel.sendToQueue('full', body, {}, (...args: unknown[]) => told(args.map(String)));
      });
    await send();
    const without = await send();
    let told: unknown;
    const rows = await staged(async () => {
      told = await send();
    });
    expect(told).toEqual(without);
    expect(rows).toMatchObject([{ name: 'rabbitmq publish full', count: 1, errors: ['Error'] }]);
    await channel.deleteQueue('full');
    await connection.close();
  });

  test('without a callback a confirmed message is over when it was confirmed; waitForConfirms is no call', async () => {
    const connection = await amqplib.connect(slowUrl(60));
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('waited');
    const rows = await staged(async () => {
      channel.sendToQueue('waited', body);
      channel.publish('', 'waited', body, {});
      await channel.waitForConfirms();
    });
    expect(counts(rows)).toEqual({ 'rabbitmq publish waited': 2 });
    expect(Math.min(...rows.flatMap(({ durations }) => durations))).toBeGreaterThan(57);
    await channel.deleteQueue('waited');
    await connection.close();
  });

  test.each([
    ['a queue of its own', ''],
    ['the direct reply', 'amq.rabbitmq.reply-to'],
  ])('a request that is answered over %s is one call until then', async (_, direct) => {
    const connection = await amqplib.connect(url);
    const [channel, confirmed] = [await connection.createChannel(), await connection.createConfirmChannel()];
    const stage = await openStage({
      '/one': () => request('1', 60),
      '/many': () => Promise.all(['2', '3', '4'].map((id) => request(id, 0))),
      // Nobody answers to a queue that is not consumed here.
      '/elsewhere': () =>
        channel.sendToQueue('served', body, { correlationId: '5', replyTo: 'elsewhere', type: '0' }),
    });
    const answered = new Map<string, (text: string) => void>();
    const replyTo = direct || (await channel.assertQueue('', { exclusive: true })).queue;
    await channel.consume(
      replyTo,
      (message) => answered.get(message!.properties.correlationId as string)?.(String(message!.content)),
      { noAck: true },
    );
    await channel.assertQueue('served');
    const serving = await amqplib.connect(url);
    const server = await serving.createChannel();
    await server.consume('served', (message) => {
      // Its queue is deleted.
      if (message === null) return;
      const { correlationId, replyTo: to, type } = message.properties;
      server.ack(message);
      setTimeout(
        () => server.sendToQueue(to as string, Buffer.from(`answer ${correlationId}`), { correlationId }),
        Number(type),
      );
    });
    const request = async (correlationId: string, ms: number) => {
      const answer = new Promise<string>((told) => answered.set(correlationId, told));
      // The direct reply belongs to the channel that consumes it.
      (direct ? channel : confirmed).sendToQueue('served', body, {
        correlationId,
        replyTo,
        type: String(ms),
      });
      expect(await answer).toBe(`answer ${correlationId}`);
    };
    for (const path of ['/one', '/many', '/elsewhere']) await stage.get(path);
    const rows = await stage.rows();
    const requests = (path: string) =>
      rows.filter(({ route }) => route === path).map(({ name, count }) => [name, count]);
    expect(requests('/one')).toEqual([['rabbitmq request served', 1]]);
    expect(requests('/many')).toEqual([['rabbitmq request served', 3]]);
    expect(requests('/elsewhere')).toEqual([['rabbitmq publish served', 1]]);
    const [one] = rows.filter(({ route }) => route === '/one');
    expect(one!.durations[0]).toBeGreaterThan(57);
    expect(rows.flatMap(({ errors }) => errors)).toEqual([]);
    await stage.stop();
    await server.deleteQueue('served');
    await serving.close();
    await connection.close();
  });

  test('a channel that is closed throws as without us, and what it has open fails once', async () => {
    const connection = await amqplib.connect(slowUrl(60));
    connection.on('error', () => {});
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('closing');
    const thrown: unknown[] = [];
    const rows = await staged(async () => {
      const open = new Promise((told) => channel.sendToQueue('closing', body, {}, told));
      await channel.close();
      await open;
      try {
        channel.sendToQueue('closing', body);
      } catch (error) {
        thrown.push((error as Error).constructor.name);
      }
    });
    expect(thrown).toEqual(['IllegalOperationError']);
    const [row, ...more] = rows;
    expect([row?.name, row?.count, more]).toEqual(['rabbitmq publish closing', 2, []]);
    expect(row?.errors).toContain('IllegalOperationError');
    await connection.close();
  });
});

describe.skipIf(missing !== null)(`amqplib 2, callbacks${missing === null ? '' : ` (${missing})`}`, () => {
  const connect = () =>
    new Promise<callbacks2.Connection>((done, fail) =>
      callbacks2.connect(url, (error, connection) => (error ? fail(error) : done(connection))),
    );

  test('what is asked with a callback, and without one, is one call each', async () => {
    upstreams(callbacks2);
    const connection = await connect();
    // What it calls back runs in the context of the connection, so that each step is awaited.
    const rows = await staged(async () => {
      const channel = await new Promise<callbacks2.ConfirmChannel>((done) => {
        connection.createConfirmChannel((_, made) => done(made));
      });
      channel.assertQueue('called');
      await new Promise((done) => channel.purgeQueue('called', done));
      await new Promise((done) => channel.sendToQueue('called', body, {}, done));
      await new Promise((done) => channel.get('called', { noAck: true }, done));
      await new Promise((done) => channel.deleteQueue('called', {}, done));
    });
    expect(counts(rows)).toEqual({
      'rabbitmq createConfirmChannel': 1,
      'rabbitmq assertQueue called': 1,
      'rabbitmq purgeQueue called': 1,
      'rabbitmq publish called': 1,
      'rabbitmq get called': 1,
      'rabbitmq deleteQueue called': 1,
    });
    await new Promise((closed) => connection.close(closed));
  });
});
