import * as bullmq5 from 'bullmq5';
import * as bullmq6 from 'bullmq6';
import * as ioredis from 'ioredis6';
import { afterAll, describe, expect, test } from 'vitest';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { startDelayed } from '../../../../testkit/src/servers/delayed.ts';
import { REDIS_PROGRAMS, startRedis } from '../../../../testkit/src/servers/redis.ts';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { type CallRow, openStage } from '../stage.ts';

const missing = await debianPrograms(REDIS_PROGRAMS);
const server = missing === null ? await startRedis() : null;
const slow = server === null ? [] : [await startDelayed(server.port, 5), await startDelayed(server.port, 60)];
afterAll(async () => {
  for (const one of slow) await one.stop();
  await server?.stop();
});

const host = '127.0.0.1';
const port = server?.port ?? 0;
const counts = (rows: readonly CallRow[]) => Object.fromEntries(rows.map(({ name, count }) => [name, count]));

describe.skipIf(missing !== null).each([
  ['bullmq 5', bullmq5 as unknown as typeof bullmq6],
  ['bullmq 6', bullmq6],
])(`%s${missing === null ? '' : ` (${missing})`}`, (title, { Queue, FlowProducer, ...others }) => {
  const opened = async (at: number) => {
    const queue = new Queue('mail', { connection: { host, port: at } });
    await queue.waitUntilReady();
    return queue;
  };

  sourceContract({
    title,
    modules: [{ Queue, FlowProducer, ...others }, ioredis],
    names: { quick: 'bullmq add mail', slow: 'bullmq add mail', failing: 'bullmq add mail' },
    error: 'Error',
    connections: [1],
    open: async (): Promise<Operations> => {
      const queue = await opened(port);
      const slowly = [await opened(slow[0]!.port), await opened(slow[1]!.port)];
      return {
        quick: () => queue.add('welcome', { x: 1 }),
        slow: (ms) => slowly[ms === 5 ? 0 : 1]!.add('welcome', {}),
        // Redis refuses a parent that is not there.
        failing: () => queue.add('welcome', {}, { parent: { id: 'none', queue: 'bull:none' } }),
        secret: async (secret) => {
          await queue.add(secret, { [secret]: secret }, { jobId: secret });
          await queue.addBulk([{ name: secret, data: secret }]);
        },
        close: async () => {
          await queue.obliterate({ force: true });
          for (const one of [queue, ...slowly]) await one.close();
        },
      };
    },
  });

  test('one call, whatever Redis is asked beneath it; what the request asks of Redis itself is beside it', async () => {
    const queue = await opened(port);
    const flows = new FlowProducer({ connection: { host, port } });
    const redis = new ioredis.Redis({ host, port });
    upstreams(ioredis);
    const stage = await openStage({
      '/ask': async () => {
        await queue.add('one', {});
        await redis.get('key');
        await queue.addBulk([
          { name: 'two', data: {} },
          { name: 'three', data: {} },
        ]);
        await queue.upsertJobScheduler('hourly', { every: 3_600_000 }, { name: 'four' });
        await flows.add({ name: 'five', queueName: 'mail', children: [{ name: 'six', queueName: 'other' }] });
        await flows.addBulk([{ name: 'seven', queueName: 'mail' }]);
        await queue.getJobCounts();
      },
    });
    await stage.get('/ask');
    const { 'redis GET': gets, ...found } = counts(
      (await stage.rows()).filter(({ name }) => /^bullmq|GET/.test(name)),
    );
    expect(gets).toBe(1);
    expect(found).toEqual({
      'bullmq add mail': 2,
      'bullmq addBulk mail': 1,
      'bullmq upsertJobScheduler mail': 1,
      'bullmq addBulk': 1,
    });
    await stage.stop();
    await queue.obliterate({ force: true });
    await Promise.all([queue.close(), flows.close(), redis.quit()]);
  });

  test('a Redis that is not there fails it as without us', async () => {
    const queue = new Queue('mail', {
      connection: { host, port: 1, maxRetriesPerRequest: 1, retryStrategy: () => null },
    });
    queue.on('error', () => {});
    const without = await queue.add('one', {}).catch((error: unknown) => error);
    const thrown: unknown[] = [];
    const stage = await openStage({
      '/ask': () => queue.add('one', {}).catch((error: unknown) => thrown.push(error)),
    });
    await stage.get('/ask');
    const rows = await stage.rows();
    expect(rows).toMatchObject([{ name: 'bullmq add mail', count: 1, errors: [expect.any(String)] }]);
    expect(String(thrown[0])).toBe(String(without));
    await stage.stop();
    await queue.close().catch(() => {});
  });
});
