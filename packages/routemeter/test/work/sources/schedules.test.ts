import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, ScheduleModule } from '@nestjs/schedule';
import * as cron from 'cron';
import * as croner10 from 'croner10';
import * as croner11 from 'croner11';
import * as nodeCron from 'node-cron';
import * as nodeSchedule from 'node-schedule';
import { describe, expect, test, vi } from 'vitest';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { scheduleName } from '../../../src/work/sources/schedule.ts';
import { openStage } from '../../calls/stage.ts';
import { Broken } from '../contract.ts';
import { burn, handledContract } from '../handled.ts';

type Fn = () => unknown;

interface Job {
  /** Runs it now, and resolves with what the library tells of that: some tell nothing. */
  run(): Promise<unknown>;
  stop(): unknown;
}

interface Library {
  title: string;
  module: unknown;
  /** A job of every second; it is started where `isStarted`. */
  make(name: string | undefined, fn: Fn, isStarted: boolean): Job;
}

const EACH_SECOND = '* * * * * *';
const silent = { debug() {}, info() {}, warn() {}, error() {} };

function cronerOf(title: string, module: typeof croner11): Library {
  return {
    title,
    module,
    make(name, fn, isStarted) {
      const options = { paused: !isStarted, ...(name !== undefined && { name }) };
      const job = new module.Cron(EACH_SECOND, options, fn as () => void);
      return { run: () => job.trigger(), stop: () => job.stop() };
    },
  };
}

const libraries: Library[] = [
  {
    title: 'cron 4',
    module: cron,
    make(name, fn, start) {
      const job = cron.CronJob.from({
        cronTime: EACH_SECOND,
        onTick: fn as () => void,
        errorHandler: () => {},
        waitForCompletion: false,
        start,
        ...(name !== undefined && { name }),
      });
      return { run: () => job.fireOnTick(), stop: () => job.stop() };
    },
  },
  cronerOf('croner 10', croner10 as unknown as typeof croner11),
  cronerOf('croner 11', croner11),
  {
    title: 'node-cron 4',
    module: nodeCron,
    make(name, fn, isStarted) {
      const options = { logger: silent, ...(name !== undefined && { name }) };
      const task = nodeCron.createTask(EACH_SECOND, fn as never, options as never);
      if (isStarted) void task.start();
      return { run: () => task.execute(), stop: () => task.destroy() };
    },
  },
  {
    title: 'node-schedule 2',
    module: nodeSchedule,
    make(name, fn, isStarted) {
      const job =
        name === undefined
          ? new nodeSchedule.Job(fn as () => void)
          : new nodeSchedule.Job(name, fn as () => void);
      if (isStarted) job.schedule(EACH_SECOND);
      return {
        run: async () => (job as unknown as { invoke(): unknown }).invoke(),
        stop: () => job.cancel(),
      };
    },
  },
];

describe.each(libraries)('$title', ({ title, module, make }) => {
  handledContract({
    title,
    modules: [module],
    metric: 'work.run',
    tags: { work_kind: 'cron' },
    shown: (name) => name,
    failed: { outcome: 'error', error: 'Broken' },
    async open(names, handle) {
      const waiting = new Map(names.map((name) => [name, [] as Array<(result: Promise<string>) => void>]));
      const acts = new Map(names.map((name) => [name, [] as string[]]));
      const jobs = new Map(
        names.map((name) => [
          name,
          make(
            name,
            () => {
              const result = handle(name, acts.get(name)!.shift()!);
              waiting.get(name)!.shift()!(result);
              return result;
            },
            false,
          ),
        ]),
      );
      return {
        async call(name, act) {
          acts.get(name)!.push(act);
          const handled = new Promise<string>((resolve) => waiting.get(name)!.push(resolve)).catch(String);
          const told = await jobs
            .get(name)!
            .run()
            .catch((error: unknown) => String(error));
          return String(told ?? (await handled));
        },
        close: () => [...jobs.values()].forEach((job) => void job.stop()),
      };
    },
  });

  test('scheduled inside a request it never books on that route', async () => {
    let runs = 0;
    let job: Job | null = null;
    const stage = await openStage({
      '/schedule': (meter) => {
        job = make(
          'nightly report 4711',
          async () => {
            runs++;
            await meter.time('inside', () => burn(30));
          },
          true,
        );
      },
    });
    units(stage.meter, module);
    try {
      await stage.get('/schedule');
      await vi.waitFor(() => expect(runs).toBeGreaterThanOrEqual(2), { timeout: 60_000, interval: 20 });
      await job!.stop();
      job = null;
      const metrics = await stage.metrics();
      const found = metrics.filter(({ name }) => name === 'work.run');
      expect(found).toHaveLength(runs);
      for (const { tags } of found)
        expect(tags).toMatchObject({ work_kind: 'cron', work_name: 'nightly report :id', outcome: 'ok' });
      const blocks = metrics.filter(({ name }) => name === 'inside');
      expect(blocks).toHaveLength(runs);
      for (const { tags } of blocks) expect(tags).not.toHaveProperty('http_route');
      const after = metrics.filter(({ name }) => name === 'http.server.cpu_after');
      expect(after.reduce((total, { value }) => total + Number(value), 0)).toBeLessThan(runs * 15);
    } finally {
      await (job as Job | null)?.stop();
      await stage.stop();
      unitInstallation().remove();
    }
  });

  test('what throws at once throws to the library as it did; a job without a name has that of its function or schedule', async () => {
    const stage = await openStage({});
    units(stage.meter, module);
    const job = make(
      undefined,
      function report() {
        throw new TypeError('at once');
      },
      false,
    );
    try {
      await job.run().catch((error: unknown) => expect(String(error)).toBe('TypeError: at once'));
      const [unit, ...more] = (await stage.metrics()).filter(({ name }) => name === 'work.run');
      expect(more).toEqual([]);
      expect(unit!.tags).toMatchObject({ outcome: 'error', error_type: 'TypeError' });
      expect([EACH_SECOND, 'report', 'once']).toContain(unit!.tags.work_name);
    } finally {
      await job.stop();
      await stage.stop();
      unitInstallation().remove();
    }
  });
});

test('@Cron of @nestjs/schedule is a unit, by its name or else by its schedule', async () => {
  const runs: string[] = [];
  class Reports {
    nightly(): void {
      runs.push('nightly');
    }
    async hourly(): Promise<void> {
      runs.push('hourly');
      throw new Broken('hourly');
    }
  }
  const decorate = (method: 'nightly' | 'hourly', options = {}) =>
    Cron(EACH_SECOND, options)(
      Reports.prototype,
      method,
      Object.getOwnPropertyDescriptor(Reports.prototype, method)!,
    );
  decorate('nightly', { name: 'nightly report' });
  decorate('hourly');
  class App {}
  Module({ imports: [ScheduleModule.forRoot()], providers: [Reports] })(App);
  const stage = await openStage({});
  units(stage.meter, cron);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  try {
    await vi.waitFor(() => expect(new Set(runs)).toEqual(new Set(['nightly', 'hourly'])), {
      timeout: 60_000,
    });
    await app.close();
    const found = (await stage.metrics()).filter(({ name }) => name === 'work.run').map(({ tags }) => tags);
    expect(found).toHaveLength(runs.length);
    expect(new Set(found.map(({ work_name }) => work_name))).toEqual(
      new Set(['nightly report', EACH_SECOND]),
    );
  } finally {
    await app.close();
    await stage.stop();
    unitInstallation().remove();
  }
});

test('names of schedules are few', () => {
  const fn = function sync() {};
  expect(scheduleName('nightly report', fn, EACH_SECOND)).toBe('nightly report');
  expect(scheduleName('remind 4711 of 9f86d081884c', fn)).toBe('remind :id of :id');
  expect(scheduleName('1b4e28ba-2fa1-41d2-883f-0016d3cca427', fn)).toBe('sync');
  expect(scheduleName(undefined, fn.bind(null), EACH_SECOND)).toBe('sync');
  expect(scheduleName('<Anonymous Job 3 2026-01-02T03:04:05.678Z>', () => {})).toBe('once');
  expect(scheduleName('', undefined, '*/5 * * * MON-FRI')).toBe('*/5 * * * MON-FRI');
  expect(scheduleName(null, null, '2026-01-02T03:04:05')).toBe('once');
  expect(scheduleName({}, 7, new Date())).toBe('once');
});
