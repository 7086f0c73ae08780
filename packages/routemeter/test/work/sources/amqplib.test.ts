import { createRequire } from 'node:module';
import * as amqplib1 from 'amqplib1';
import * as amqplib1Callbacks from 'amqplib1/callback_api';
import * as amqplib2 from 'amqplib2';
import * as amqplib2Callbacks from 'amqplib2/callback_api';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { RABBITMQ_PROGRAMS, startRabbitmq } from '../../../../testkit/src/servers/rabbitmq.ts';
import { units } from '../../../src/work/follow-units.ts';
import { openStage } from '../../calls/stage.ts';
import { contextsOfConsumer } from '../contexts.ts';
import { Broken, ended, isUnit, unitContract } from '../contract.ts';
import { endsAsWithoutUs } from '../ends.ts';

/** It has no types under this name. */
const require = createRequire(import.meta.url);
const amqplib0 = require('amqplib0') as typeof amqplib2;
const amqplib0Callbacks = require('amqplib0/callback_api') as typeof amqplib2Callbacks;

const missing = await debianPrograms(RABBITMQ_PROGRAMS);
const server = missing === null ? await startRabbitmq() : null;
afterAll(() => server?.stop());

const url = server?.url ?? '';

describe.skipIf(missing !== null)('under the preload', () => {
  contextsOfConsumer('amqplib2', url, 'contexts');
  endsAsWithoutUs('amqplib2', { at: url });
});

describe.skipIf(missing !== null).each([
  ['amqplib 0.10', amqplib0, amqplib0Callbacks],
  [
    'amqplib 1',
    amqplib1 as unknown as typeof amqplib2,
    amqplib1Callbacks as unknown as typeof amqplib2Callbacks,
  ],
  ['amqplib 2', amqplib2, amqplib2Callbacks],
])(`%s${missing === null ? '' : ` (${missing})`}`, (title, amqplib, callbacks) => {
  const modules = [amqplib, callbacks];

  unitContract({
    title,
    modules,
    kind: 'message',
    system: 'rabbitmq',
    shown: (name) => name,
    outcomes: { fail: 'error', again: 'retry' },
    errors: [undefined],
    async open(names, handle) {
      const connection = await amqplib.connect(url);
      const channel = await connection.createChannel();
      await channel.prefetch(50, true);
      for (const queue of names) {
        await channel.assertQueue(queue, { durable: false });
        await channel.consume(queue, async (message) => {
          const task = message!.content.toString();
          try {
            await handle(queue, task);
            channel.ack(message!);
          } catch {
            channel.reject(message!, task.startsWith('again'));
          }
        });
      }
      return {
        send: async (name, task) => channel.sendToQueue(name, Buffer.from(task)),
        close: () => connection.close(),
      };
    },
  });

  const opened = async (queue: string) => {
    const stage = await openStage({});
    units(stage.meter, ...modules);
    const connection = await amqplib.connect(url);
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    await channel.assertQueue(queue, { durable: false, autoDelete: true });
    const send = (...tasks: string[]) => {
      for (const task of tasks) channel.sendToQueue(queue, Buffer.from(task));
    };
    const stop = async () => {
      await connection.close();
      await stage.stop();
    };
    return { stage, channel, send, stop };
  };
  const outcomes = async (stage: Parameters<typeof ended>[0], count: number) =>
    (await ended(stage, count))
      .filter(isUnit)
      .map(({ tags }) => tags.outcome)
      .sort();

  test('a consumer without a promise: a unit ends with its answer, whichever that is', async () => {
    const { stage, channel, send, stop } = await opened('plain');
    const again = new Set<string>();
    const waiting: amqplib2.ConsumeMessage[] = [];
    await channel.consume('plain', (message) => {
      const task = message!.content.toString();
      if (task === 'ack') setTimeout(() => channel.ack(message!), 20);
      if (task === 'now') channel.ack(message!);
      if (task === 'nack') channel.nack(message!, false, again.has(task) ? false : undefined);
      if (task === 'together') waiting.push(message!);
      if (waiting.length === 3) channel.ack(waiting.splice(0)[2]!, true);
      again.add(task);
    });
    send('together', 'together', 'together', 'ack', 'now', 'nack');
    const metrics = await ended(stage, 7);
    const found = metrics.filter(isUnit);
    expect(found.map(({ tags }) => tags.outcome).sort()).toEqual([
      'error',
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
      'retry',
    ]);
    expect(Math.max(...found.map(({ value }) => Number(value)))).toBeGreaterThan(15);
    expect(new Set(found.map(({ tags }) => tags.error_type))).toEqual(new Set([undefined]));
    await stop();
  });

  test('without answers a unit ends with its consumer; a message that is never answered, with its channel', async () => {
    const { stage, channel, send, stop } = await opened('left');
    await channel.consume('left', () => {}, { noAck: true, consumerTag: 'first' });
    send('one', 'two');
    expect(await outcomes(stage, 2)).toEqual(['ok', 'ok']);
    let left = 0;
    await channel.consume('left', () => {
      left++;
    });
    await channel.cancel('first');
    send('three', 'four');
    await vi.waitFor(() => expect(left).toBe(2), { timeout: 60_000, interval: 20 });
    expect(await outcomes(stage, 2)).toHaveLength(2);
    await channel.close();
    expect(await outcomes(stage, 4)).toEqual(['ok', 'ok', 'stalled', 'stalled']);
    await stop();
  });

  test('a consumer that throws ends its channel, as without us', async () => {
    const thrown = async (isFollowed: boolean) => {
      const stage = await openStage({}, { enabled: isFollowed });
      units(stage.meter, ...modules);
      const connection = await amqplib.connect(url);
      const told: string[] = [];
      connection.on('error', (error: Error) => told.push(`connection ${error.message}`));
      const channel = await connection.createChannel();
      channel.on('error', (error: Error) => told.push(`channel ${error.message}`));
      channel.on('close', () => told.push('channel closed'));
      connection.on('close', () => told.push('closed'));
      const { queue } = await channel.assertQueue('', { exclusive: true });
      await channel.consume(queue, () => {
        throw new Broken('consumer');
      });
      channel.sendToQueue(queue, Buffer.from('x'));
      await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(2), {
        timeout: 60_000,
        interval: 20,
      });
      const metrics = isFollowed ? await ended(stage, 1) : [];
      const found = metrics.filter(isUnit).map(({ tags }) => [tags.work_name, tags.outcome, tags.error_type]);
      await stage.stop();
      return { told, found };
    };
    const without = await thrown(false);
    const followed = await thrown(true);
    expect(followed.told).toEqual(without.told);
    expect(followed.found).toEqual([['(temporary)', 'error', 'Broken']]);
  });

  test('a promise that nobody handles is reported once, one that the application handles never', async () => {
    const { stage, channel, send, stop } = await opened('promises');
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    const unhandled: unknown[] = [];
    process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
    try {
      await channel.consume('promises', async () => Promise.reject(new Broken('own')), {
        consumerTag: 'first',
      });
      send('one');
      await vi.waitFor(() => expect(unhandled).toEqual(['Error: own']), { timeout: 60_000, interval: 20 });
      await channel.cancel('first');
      await channel.assertQueue('promises', { durable: false, autoDelete: true });
      const handled: unknown[] = [];
      await channel.consume('promises', (message) => {
        const result = Promise.reject(new Broken('handled'));
        result.catch((error: unknown) => {
          handled.push(error);
          channel.nack(message!, false, false);
        });
        return result;
      });
      send('two');
      const metrics = await ended(stage, 2);
      expect(handled.length).toBeGreaterThan(0);
      expect(unhandled).toEqual(['Error: own']);
      expect(
        metrics
          .filter(isUnit)
          .map(({ tags }) => [tags.outcome, tags.error_type])
          .sort(),
      ).toEqual([
        ['error', undefined],
        ['error', 'Broken'],
      ]);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const other of others) process.on('unhandledRejection', other);
      await stop();
    }
  });

  test('consumers with callbacks, and one that is cancelled', async () => {
    const stage = await openStage({});
    units(stage.meter, ...modules);
    const messages: Array<string | null> = [];
    const connection = await new Promise<amqplib2Callbacks.Connection>((resolve, reject) =>
      callbacks.connect(url, (error: unknown, made: amqplib2Callbacks.Connection) =>
        error ? reject(error) : resolve(made),
      ),
    );
    const channel = await new Promise<amqplib2Callbacks.Channel>((resolve, reject) =>
      connection.createChannel((error, made) => (error ? reject(error) : resolve(made))),
    );
    await new Promise((done) => channel.assertQueue('backs', { durable: false }, done));
    await new Promise((done) =>
      channel.consume(
        'backs',
        (message) => {
          messages.push(message === null ? null : message.content.toString());
          if (message !== null) channel.ack(message);
        },
        {},
        done,
      ),
    );
    channel.sendToQueue('backs', Buffer.from('one'));
    expect(await outcomes(stage, 1)).toEqual(['ok']);
    await new Promise((done) => channel.deleteQueue('backs', {}, done));
    await vi.waitFor(() => expect(messages).toEqual(['one', null]), { timeout: 60_000, interval: 20 });
    expect(await outcomes(stage, 1)).toEqual(['ok']);
    await new Promise<void>((done) => connection.close(() => done()));
    await stage.stop();
  });
});
