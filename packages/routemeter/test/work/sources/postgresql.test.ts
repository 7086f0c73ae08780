import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { POSTGRESQL_PROGRAMS, startPostgresql } from '../../../../testkit/src/servers/postgresql.ts';
import type { CapturedMetric } from '../../../src/testing/index.ts';
import { units } from '../../../src/work/follow-units.ts';
import { openStage } from '../../calls/stage.ts';
import { ended, isUnit, unitContract } from '../contract.ts';
import { endsAsWithoutUs } from '../ends.ts';

interface Job {
  data: { task: string };
  signal: AbortSignal;
}

interface PgBoss {
  on(event: string, listener: () => void): void;
  start(): Promise<unknown>;
  stop(options?: object): Promise<unknown>;
  createQueue(name: string, options?: object): Promise<unknown>;
  send(name: string, data: object, options?: object): Promise<string | null>;
  work(name: string, options: object, handler: (jobs: Job[]) => Promise<unknown>): Promise<string>;
}

interface Agenda {
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  on(event: string, listener: () => void): void;
  define(
    name: string,
    handler: (job: { attrs: { data: Job['data'] } }) => Promise<unknown>,
    options?: object,
  ): void;
  now(name: string, data: object): Promise<unknown>;
}

interface Graphile {
  run(options: object): Promise<{
    addJob(name: string, payload: object, options: object): Promise<unknown>;
    stop(): Promise<unknown>;
  }>;
  Logger: new (factory: () => () => void) => unknown;
}

interface Adding {
  addJob(name: string, payload: object): Promise<unknown>;
}

/** Names of units, each with who added it. */
const addersIn = (metrics: readonly CapturedMetric[]): string[] =>
  metrics
    .filter(isUnit)
    .map(({ tags }) => [tags.work_name, tags.added_by].filter(Boolean).join(' by '))
    .sort();

const missing = await debianPrograms(POSTGRESQL_PROGRAMS);
const server = missing === null ? await startPostgresql() : null;
afterAll(() => server?.stop());

const { port = 0, user = '', database = '' } = server ?? {};
const connectionString = `postgresql://${user}@127.0.0.1:${port}/${database}`;

async function installed(): Promise<{
  pgBoss: unknown;
  agenda: unknown;
  backend: unknown;
  graphile: unknown;
  folder: string;
}> {
  const folder = await installedFolder('queues-postgresql', {
    private: true,
    dependencies: {
      agenda: '6.2.6',
      '@agendajs/postgres-backend': '3.0.6',
      'graphile-worker': '0.17.3',
      'pg-boss': '12.38.0',
    },
  });
  const require = createRequire(join(folder, 'package.json'));
  const { resolve } = require;
  const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(resolve(name)).href);
  const [pgBoss, agenda, backend] = await Promise.all([
    load('pg-boss'),
    load('agenda'),
    load('@agendajs/postgres-backend'),
  ]);
  return { pgBoss, agenda, backend, graphile: require('graphile-worker'), folder };
}

const { pgBoss, agenda, backend, graphile, folder } = missing === null ? await installed() : {};

describe.skipIf(missing !== null)('under the preload', () => {
  for (const library of ['pg-boss', 'agenda', 'graphile-worker'])
    endsAsWithoutUs(library, { ...(folder !== undefined && { folder }), at: connectionString });
});

describe.skipIf(missing !== null)(`pg-boss 12${missing === null ? '' : ` (${missing})`}`, () => {
  const started = async () => {
    const { PgBoss: Boss } = pgBoss as { PgBoss: new (options: object) => PgBoss };
    const boss = new Boss({ connectionString, max: 10, schedule: false, supervise: false });
    boss.on('error', () => {});
    await boss.start();
    return boss;
  };

  unitContract({
    title: 'pg-boss 12',
    modules: [pgBoss],
    kind: 'job',
    system: 'pg-boss',
    shown: (name) => name,
    outcomes: { fail: 'error', again: 'retry' },
    async open(names, handle) {
      const boss = await started();
      for (const name of names) {
        await boss.createQueue(name);
        const options = {
          includeMetadata: true,
          pollingIntervalSeconds: 0.5,
          localConcurrency: 3,
          batchSize: 1,
        };
        await boss.work(name, options, ([job]) => handle(name, job!.data.task));
      }
      return {
        send: (name, task) =>
          boss.send(name, { task }, { retryLimit: task.startsWith('again') ? 1 : 0, retryDelay: 0 }),
        close: () => boss.stop({ graceful: true, timeout: 20_000 }),
      };
    },
  });

  test('who sent it, how long it waited, and what was given up before it returned', async () => {
    const boss = await started();
    await boss.createQueue('bills');
    const stage = await openStage({ '/bills': () => boss.send('bills', { task: 'one' }).then(String) });
    units(stage.meter, pgBoss);
    await stage.get('/bills');
    let given = 0;
    await boss.work('bills', { includeMetadata: true, pollingIntervalSeconds: 0.5 }, async ([job]) => {
      given++;
      if (job!.data.task === 'slow')
        await new Promise((resolve) => job!.signal.addEventListener('abort', resolve, { once: true }));
    });
    await vi.waitFor(() => expect(given).toBe(1), { timeout: 60_000, interval: 50 });
    await boss.send('bills', { task: 'slow' }, { expireInSeconds: 1, retryLimit: 0 });
    const metrics = await ended(stage, 2);
    expect(metrics.filter(isUnit).map(({ tags }) => [tags.outcome, tags.added_by])).toEqual([
      ['ok', 'GET /bills'],
      ['stalled', undefined],
    ]);
    expect(metrics.filter(({ name }) => name === 'messaging.process.queued')).toHaveLength(2);
    await boss.stop({ graceful: false });
    await stage.stop();
  });
});

describe.skipIf(missing !== null)(`agenda 6${missing === null ? '' : ` (${missing})`}`, () => {
  const started = () => {
    const { Agenda } = agenda as { Agenda: new (options: object) => Agenda };
    const { PostgresBackend } = backend as { PostgresBackend: new (options: object) => unknown };
    const made = new Agenda({
      backend: new PostgresBackend({ connectionString }),
      processEvery: 100,
      maxConcurrency: 50,
      defaultConcurrency: 5,
    });
    made.on('error', () => {});
    return made;
  };

  test('who added a job in this process is told by name; of one that nobody added, nothing', async () => {
    const made = started();
    const stage = await openStage({ '/bills': () => made.now('bills', {}) });
    units(stage.meter, agenda);
    made.define('bills', () => new Promise((resolve) => setTimeout(resolve, 100)));
    made.define('alone', async () => {});
    await made.start();
    await stage.get('/bills');
    await made.now('alone', {});
    const metrics = await ended(stage, 2);
    await made.stop();
    await stage.stop();
    expect(addersIn(metrics)).toEqual(['alone', 'bills by GET /bills']);
  });

  unitContract({
    title: 'agenda 6',
    modules: [agenda],
    kind: 'job',
    system: 'agenda',
    shown: (name) => name,
    outcomes: { fail: 'error', again: 'error' },
    again: 1,
    async open(names, handle) {
      const made = started();
      for (const name of names) made.define(name, (job) => handle(name, job.attrs.data.task));
      await made.start();
      return {
        send: (name, task) => made.now(name, { task }),
        close: () => made.stop(),
      };
    },
  });
});

describe.skipIf(missing !== null)(`graphile-worker 0.17${missing === null ? '' : ` (${missing})`}`, () => {
  const running = (taskList: Record<string, (payload: Job['data'], helpers: Adding) => unknown>) => {
    const { run, Logger } = graphile as Graphile;
    const logger = new Logger(() => () => {});
    return run({
      connectionString,
      concurrency: 50,
      maxPoolSize: 10,
      noHandleSignals: true,
      logger,
      taskList,
    });
  };

  test('who added a job in this process is told by name: a request, another job, or nobody', async () => {
    let runner: Awaited<ReturnType<Graphile['run']>> | null = null;
    const stage = await openStage({ '/bills': () => runner!.addJob('bills', {}, {}).then(() => 'added') });
    units(stage.meter, graphile);
    const later = () => new Promise((resolve) => setTimeout(resolve, 100));
    runner = await running({
      async bills(_, { addJob }) {
        await addJob('send', {});
        await later();
      },
      send: later,
      alone: later,
    });
    await stage.get('/bills');
    await runner.addJob('alone', {}, {});
    const metrics = await ended(stage, 3);
    await runner.stop();
    await stage.stop();
    expect(addersIn(metrics)).toEqual(['alone', 'bills by GET /bills', 'send by job bills']);
  });

  unitContract({
    title: 'graphile-worker 0.17',
    modules: [graphile],
    kind: 'job',
    system: 'graphile-worker',
    shown: (name) => name,
    outcomes: { fail: 'error', again: 'error' },
    again: 1,
    async open(names, handle) {
      const runner = await running(
        Object.fromEntries(names.map((name) => [name, (payload: Job['data']) => handle(name, payload.task)])),
      );
      return {
        send: (name, task) => runner.addJob(name, { task }, { maxAttempts: 1 }),
        close: () => runner.stop(),
      };
    },
  });
});
