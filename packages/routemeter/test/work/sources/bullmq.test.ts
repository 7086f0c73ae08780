import * as bullmq5 from 'bullmq5';
import * as bullmq6 from 'bullmq6';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { REDIS_PROGRAMS, startRedis } from '../../../../testkit/src/servers/redis.ts';
import { units } from '../../../src/work/follow-units.ts';
import { openStage } from '../../calls/stage.ts';
import { contextsOfConsumer } from '../contexts.ts';
import { Broken, ended, isUnit, unitContract } from '../contract.ts';
import { endsAsWithoutUs } from '../ends.ts';

const missing = await debianPrograms(REDIS_PROGRAMS);
const server = missing === null ? await startRedis() : null;
afterAll(() => server?.stop());

let stop = async () => {};
afterEach(async () => {
  await stop();
  stop = async () => {};
});

const connection = { host: '127.0.0.1', port: server?.port ?? 0 };

describe.skipIf(missing !== null)('under the preload', () => {
  const at = String(connection.port);
  contextsOfConsumer('bullmq6', at, 'mails/welcome');
  for (const library of ['bullmq5', 'bullmq6']) endsAsWithoutUs(library, { at });
});

describe.skipIf(missing !== null).each([
  ['bullmq 5', bullmq5 as unknown as typeof bullmq6],
  ['bullmq 6', bullmq6],
])(`%s${missing === null ? '' : ` (${missing})`}`, (title, { Queue, Worker, Job, ...others }) => {
  const modules = [{ Queue, Worker, Job, ...others }];

  unitContract({
    title,
    modules,
    kind: 'job',
    system: 'bullmq',
    shown: (name) => `mails/${name}`,
    outcomes: { fail: 'error', again: 'retry' },
    async open(_, handle) {
      const queue = new Queue('mails', { connection });
      const worker = new Worker('mails', (job) => handle(job.name, job.data.task), {
        connection,
        concurrency: 50,
      });
      await worker.waitUntilReady();
      return {
        send: (name, task) => queue.add(name, { task }, { attempts: task.startsWith('again') ? 2 : 1 }),
        async close() {
          await worker.close();
          await queue.obliterate({ force: true });
          await queue.close();
        },
      };
    },
  });

  const staged = async (
    process: (job: bullmq6.Job, token: string | undefined) => Promise<unknown>,
    options: Partial<bullmq6.WorkerOptions> = {},
  ) => {
    const queue = new Queue('orders', { connection });
    const stage = await openStage({
      '/orders': async () => {
        await queue.add('pack', {});
        await queue.addBulk([{ name: 'send', data: {} }]);
      },
    });
    units(stage.meter, ...modules);
    const worker = new Worker('orders', process, { connection, ...options });
    worker.on('error', () => {});
    stop = async () => {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
      await stage.stop();
    };
    return { queue, stage, worker };
  };

  test('who added a job in this process is told by name; of one that nobody added, nothing', async () => {
    // Whoever added a job has the answer by then.
    const { queue, stage } = await staged(() => new Promise((resolve) => setTimeout(resolve, 100)));
    await stage.get('/orders');
    await queue.add('alone', {});
    const metrics = await ended(stage, 3);
    const found = metrics.filter(isUnit).map(({ tags }) => [tags.work_name, tags.added_by]);
    expect(found.sort()).toEqual([
      ['orders/alone', undefined],
      ['orders/pack', 'GET /orders'],
      ['orders/send', 'GET /orders'],
    ]);
  });

  test('waiting: of the first attempt, without the delay that was asked for', async () => {
    const { queue, stage } = await staged(async (job) => {
      if (job.name === 'twice' && job.attemptsMade === 0) throw new Broken('once');
    });
    await queue.pause();
    await queue.add('plain', {});
    await queue.add('later', {}, { delay: 150 });
    await queue.add('twice', {}, { attempts: 2, backoff: { type: 'fixed', delay: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await queue.resume();
    const metrics = await ended(stage, 4);
    const queued = metrics.filter(({ name }) => name === 'messaging.process.queued');
    const of = (name: string) =>
      queued.filter(({ tags }) => tags.work_name === `orders/${name}`).map(({ value }) => Number(value));
    expect([of('plain').length, of('later').length, of('twice').length]).toEqual([1, 1, 1]);
    expect(of('plain')[0]).toBeGreaterThanOrEqual(95);
    expect(queued[0]!.tags).not.toHaveProperty('outcome');
  });

  test('a job that puts itself back, or has no attempt left, or must not be made again', async () => {
    const { queue, stage } = await staged(async (job, token) => {
      if (job.name === 'back' && job.attemptsStarted === 1) {
        await job.moveToDelayed(Date.now() + 1, token);
        throw new others.DelayedError();
      }
      if (job.name === 'final') throw new others.UnrecoverableError('no');
      if (job.name === 'spent') throw new Broken('spent');
    });
    for (const name of ['back', 'final', 'spent'])
      await queue.add(name, {}, { attempts: name === 'final' ? 3 : 2 });
    const metrics = await ended(stage, 5);
    const found = metrics.filter(isUnit).map(({ tags }) => [tags.work_name, tags.outcome, tags.error_type]);
    expect(found.sort()).toEqual([
      ['orders/back', 'ok', undefined],
      ['orders/back', 'retry', 'DelayedError'],
      ['orders/final', 'error', 'UnrecoverableError'],
      ['orders/spent', 'error', 'Broken'],
      ['orders/spent', 'retry', 'Broken'],
    ]);
  });

  test('a job that lost its lock is stalled; the attempt in its place is counted beside it', async () => {
    let go = () => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { queue, stage, worker } = await staged(
      async (job) => {
        if (job.attemptsStarted === 1) await gone;
      },
      { lockDuration: 100, stalledInterval: 100, skipLockRenewal: true, concurrency: 2, maxStalledCount: 3 },
    );
    const stalled: unknown[] = [];
    worker.on('stalled', (id) => stalled.push(id));
    await queue.add('slow', {});
    await vi.waitFor(() => expect(stalled).toHaveLength(1), { timeout: 60_000, interval: 20 });
    await ended(stage, 1);
    go();
    const metrics = await ended(stage, 2);
    expect(
      metrics
        .filter(isUnit)
        .map(({ tags }) => tags.outcome)
        .sort(),
    ).toEqual(['ok', 'stalled']);
  });

  test('ids in names of jobs are none in names of units; nothing of data leaves', async () => {
    const { queue, stage } = await staged(async () => {});
    for (const name of ['export-4711', '4712', 'export-4713', 'send mail 4714'])
      await queue.add(name, { secret: 'hunter2' });
    const metrics = await ended(stage, 4);
    expect(
      metrics
        .filter(isUnit)
        .map(({ tags }) => tags.work_name)
        .sort(),
    ).toEqual(['orders/:id', 'orders/export-:id', 'orders/export-:id', 'orders/send mail :id']);
    expect((await stage.meter.lines()).filter((line) => line.includes('hunter2'))).toEqual([]);
  });

  test('the same events, results and errors as without us', async () => {
    const events = async () => {
      const queue = new Queue('events', { connection });
      const told: unknown[] = [];
      const worker = new Worker(
        'events',
        async (job) => {
          if (job.name === 'bad') throw new Broken('bad');
          return { name: job.name, stack: new Error('here').stack?.includes('routemeter') };
        },
        { connection },
      );
      worker.on('completed', (job, result) => told.push([job.name, result]));
      worker.on('failed', (job, error) => told.push([job?.name, String(error), job?.attemptsMade]));
      worker.on('error', (error) => told.push(error));
      await queue.add('good', {});
      await queue.add('bad', {}, { attempts: 2 });
      await vi.waitFor(() => expect(told).toHaveLength(3), { timeout: 60_000, interval: 20 });
      const job = (await queue.getCompleted())[0]!;
      told.push([job.returnvalue, Object.keys(job.opts), job.data]);
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
      return told
        .slice(0, 4)
        .map((one) => JSON.stringify(one))
        .sort();
    };
    const stage = await openStage({}, { enabled: false });
    units(stage.meter, ...modules);
    const without = await events();
    await stage.stop();
    const followed = await openStage({});
    units(followed.meter, ...modules);
    expect(await events()).toEqual(without);
    await followed.stop();
  });
});
