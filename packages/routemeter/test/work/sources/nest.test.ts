import type * as Common from '@nestjs/common';
import type * as Core from '@nestjs/core';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { importFrom, NEST_JOBS, nestJobsFolder } from '../../../../testkit/src/contract/nest/jobs.ts';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { REDIS_PROGRAMS, startRedis } from '../../../../testkit/src/servers/redis.ts';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { openStage, type Stage } from '../../calls/stage.ts';
import { Broken, unitContract } from '../contract.ts';
import { burn, handledContract, isFull } from '../handled.ts';

const missing = await debianPrograms(REDIS_PROGRAMS);
const redis = missing === null ? await startRedis() : null;
afterAll(() => redis?.stop());

let stage: Stage | null = null;
const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await stage?.stop();
  stage = null;
  unitInstallation().remove();
});

type Handler = (this: unknown, ...args: never[]) => unknown;
type Decorator = (...given: never[]) => MethodDecorator;

// biome-ignore lint/suspicious/noExplicitAny: two majors of packages that have no types here
type Loaded = any;

interface Nest {
  common: typeof Common;
  core: typeof Core;
  micro: Loaded;
  schedule: Loaded;
  cron: Loaded;
  bull: Loaded;
  bullmq: Loaded;
  rxjs: Loaded;
}

async function nestOf(major: (typeof NEST_JOBS)[number]): Promise<Nest> {
  const folder = await nestJobsFolder(major);
  await importFrom(folder, 'reflect-metadata');
  const load = <T>(name: string) => importFrom<T>(folder, name);
  const { Logger, ...common } = await load<typeof Common>('@nestjs/common');
  Logger.overrideLogger(false);
  return {
    common: { ...common, Logger } as typeof Common,
    core: await load('@nestjs/core'),
    micro: await load('@nestjs/microservices'),
    schedule: await load('@nestjs/schedule'),
    cron: await load('cron'),
    bull: await load('@nestjs/bullmq'),
    bullmq: await load('bullmq'),
    rxjs: await load('rxjs'),
  };
}

/** A class with a decorated method for each entry. */
function classOf(methods: Record<string, [MethodDecorator[], Handler]>): new () => object {
  class Made {}
  for (const [name, [decorators, value]] of Object.entries(methods)) {
    Object.defineProperty(value, 'name', { value: name });
    Object.defineProperty(Made.prototype, name, { value, writable: true, configurable: true });
    const descriptor = Object.getOwnPropertyDescriptor(Made.prototype, name)!;
    for (const decorate of decorators) decorate(Made.prototype, name, descriptor);
  }
  return Made;
}

describe.each(NEST_JOBS)('NestJS %i', async (major) => {
  const nest = await nestOf(major);
  const { common, core, micro, rxjs } = nest;
  const { MessagePattern, EventPattern, Transport } = micro as Record<string, Decorator> & {
    Transport: Record<string, number>;
  };

  /** A microservice with these handlers, and its client. */
  async function serve(
    transport: 'TCP' | 'REDIS',
    methods: Parameters<typeof classOf>[0],
    more: readonly ClassDecorator[] = [],
  ) {
    const Handlers = classOf(methods);
    for (const decorate of [common.Controller(), ...more]) decorate(Handlers);
    class App {}
    common.Module({ controllers: [Handlers] })(App);
    const at =
      transport === 'TCP' ? { host: '127.0.0.1', port: 0 } : { host: '127.0.0.1', port: redis!.port };
    const app: Loaded = await core.NestFactory.createMicroservice(App, {
      transport: Transport[transport],
      options: at,
      logger: false,
    } as never);
    await app.listen();
    const { port } = transport === 'TCP' ? app.unwrap().address() : at;
    const client = micro.ClientProxyFactory.create({
      transport: Transport[transport],
      options: { host: '127.0.0.1', port },
    });
    await client.connect();
    let closed: Promise<void> | null = null;
    const close = () => {
      closed ??= (async () => {
        await client.close();
        await app.close();
      })();
      return closed;
    };
    return {
      send: (pattern: unknown, data: unknown): Promise<unknown[]> =>
        rxjs
          .firstValueFrom(client.send(pattern, data).pipe(rxjs.toArray()))
          .catch((error: unknown) => [`failed: ${JSON.stringify(error)}`]),
      emit: (pattern: unknown, data: unknown) => rxjs.firstValueFrom(client.emit(pattern, data)),
      close,
    };
  }

  const transports = redis === null ? (['TCP'] as const) : (['TCP', 'REDIS'] as const);

  describe.each(transports)('message patterns over %s', (transport) => {
    handledContract({
      title: `nest ${major} ${transport}`,
      modules: [micro],
      metric: 'rpc.server.call',
      tags: { work_kind: 'rpc', rpc_system: 'nestjs' },
      shown: (name) => `cmd:${name}`,
      failed: { outcome: 'error', error: 'Broken' },
      async open(names, handle) {
        const handlers = names.map((name): [string, [MethodDecorator[], Handler]] => [
          name,
          [[MessagePattern!({ cmd: name } as never)], (act: string) => handle(name, act)],
        ]);
        const served = await serve(transport, Object.fromEntries(handlers));
        return {
          call: async (name, act) => String((await served.send({ cmd: name }, act))[0]),
          close: served.close,
        };
      },
    });

    test('events are messages, each one unit whatever the number of its handlers', async () => {
      stage = await openStage({});
      units(stage.meter, micro);
      const done: string[] = [];
      const { meter } = stage;
      const served = await serve(transport, {
        first: [
          [EventPattern!('order.placed' as never)],
          async () => {
            meter.time('first', () => burn(10));
            done.push('first');
          },
        ],
        second: [
          [EventPattern!('order.placed' as never)],
          async () => {
            await meter.time('second', () => burn(10));
            done.push('second');
          },
        ],
        broken: [
          [EventPattern!('order.lost' as never)],
          async () => {
            done.push('broken');
            throw new Broken('lost');
          },
        ],
      });
      closing.push(served.close);
      for (let at = 0; at < 5; at++) {
        await served.emit('order.placed', { id: 4711 + at });
        await served.emit('order.lost', { id: 4711 + at });
      }
      await vi.waitFor(() => expect(done).toHaveLength(15), { timeout: 60_000 });
      const metrics = await stage.metrics();
      const found = metrics.filter(({ name }) => name === 'messaging.process').map(({ tags }) => tags);
      const of = (name: string) => found.filter(({ work_name }) => work_name === name);
      expect(found).toHaveLength(10);
      const system = transport.toLowerCase();
      for (const tags of of('order.placed')) {
        expect(tags).toMatchObject({ work_kind: 'message', messaging_system: system, outcome: 'ok' });
      }
      expect(of('order.placed')).toHaveLength(5);
      expect(of('order.lost').map(({ outcome, error_type }) => [outcome, error_type])).toEqual(
        Array(5).fill(['error', 'Broken']),
      );
      for (const block of ['first', 'second']) {
        const blocks = metrics.filter(({ name }) => name === block);
        expect(blocks.map(({ tags }) => tags.work_name)).toEqual(Array(5).fill('order.placed'));
      }
      expect(metrics.filter(({ name }) => name === 'rpc.server.call')).toEqual([]);
    });
  });

  test('a stream is part of its unit until it ends; filters decide what an error is', async () => {
    stage = await openStage({});
    units(stage.meter, micro);
    const { meter } = stage;
    class Filter {
      catch() {
        return rxjs.of('instead');
      }
    }
    common.Catch()(Filter);
    const served = await serve('TCP', {
      stream: [
        [MessagePattern!('stream' as never)],
        () =>
          rxjs.interval(1).pipe(
            rxjs.take(5),
            rxjs.map((one: number) => {
              meter.time('part', () => burn(5));
              return one;
            }),
          ),
      ],
      broken: [
        [MessagePattern!('stream.broken' as never)],
        () =>
          rxjs.concat(
            rxjs.of('one'),
            rxjs.throwError(() => new Broken('late')),
          ),
      ],
      refused: [
        [MessagePattern!('refused' as never)],
        () => {
          throw new micro.RpcException('no');
        },
      ],
      filtered: [
        [MessagePattern!('filtered' as never), common.UseFilters(Filter) as MethodDecorator],
        async () => {
          throw new Broken('filtered');
        },
      ],
      plain: [[MessagePattern!('plain' as never)], () => 'plain'],
    });
    closing.push(served.close);
    expect(await served.send('stream', 1)).toEqual([0, 1, 2, 3, 4]);
    await served.send('stream.broken', 1);
    await served.send('refused', 1);
    expect(await served.send('filtered', 1)).toEqual(['instead']);
    expect(await served.send('plain', 1)).toEqual(['plain']);
    expect(await served.send('nobody', 1)).not.toEqual(['plain']);
    const metrics = await stage.metrics();
    const found = metrics.filter(({ name }) => name === 'rpc.server.call');
    expect(found.map(({ tags }) => [tags.work_name, tags.outcome, tags.error_type ?? '']).sort()).toEqual([
      ['filtered', 'ok', ''],
      ['plain', 'ok', ''],
      ['refused', 'error', 'RpcException'],
      ['stream', 'ok', ''],
      ['stream.broken', 'error', 'Broken'],
    ]);
    const parts = metrics.filter(({ name }) => name === 'part');
    expect(parts.map(({ tags }) => tags.work_name)).toEqual(Array(5).fill('stream'));
    const cpu = metrics.find(
      ({ name, tags }) => name === 'rpc.server.call.cpu' && tags.work_name === 'stream',
    );
    expect(Number(cpu!.value)).toBeGreaterThan(5 * 5 * 0.9);
  });

  handledContract({
    title: `@nestjs/schedule of nest ${major}`,
    modules: [nest.schedule],
    metric: 'work.run',
    tags: { work_kind: 'cron' },
    shown: (name) => name,
    failed: { outcome: 'error', error: 'Broken' },
    async open(names, handle) {
      const { Cron, ScheduleModule, SchedulerRegistry } = nest.schedule;
      const acts = new Map(names.map((name) => [name, [] as string[]]));
      const waiting = new Map(names.map((name) => [name, [] as Array<(result: Promise<string>) => void>]));
      const Jobs = classOf(
        Object.fromEntries(
          names.map((name): [string, [MethodDecorator[], Handler]] => [
            name,
            [
              // Run by hand alone.
              [Cron('0 0 0 1 1 *', { name })],
              () => {
                const result = handle(name, acts.get(name)!.shift()!);
                waiting.get(name)!.shift()!(result);
                return result;
              },
            ],
          ]),
        ),
      );
      class App {}
      common.Module({ imports: [ScheduleModule.forRoot()], providers: [Jobs] })(App);
      const app = await core.NestFactory.createApplicationContext(App, { logger: false });
      const registry = app.get<Loaded>(SchedulerRegistry);
      let closed: Promise<void> | null = null;
      return {
        async call(name, act) {
          acts.get(name)!.push(act);
          const handled = new Promise<string>((resolve) => waiting.get(name)!.push(resolve)).catch(String);
          await registry.getCronJob(name).fireOnTick();
          return handled;
        },
        close: () => {
          closed ??= app.close();
          return closed;
        },
      };
    },
  });

  test.each([
    ['@nestjs/schedule alone', () => [nest.schedule]],
    ['with cron', () => [nest.schedule, nest.cron]],
  ])(
    '@Cron, @Interval and @Timeout are each one unit, with what failed: %s',
    async (_, modules) => {
      const { Cron, Interval, Timeout, ScheduleModule } = nest.schedule as Record<string, Decorator> & {
        ScheduleModule: { forRoot(): never };
      };
      stage = await openStage({});
      units(stage.meter, ...modules());
      const runs: Record<string, number> = {};
      const ran = (name: string) => {
        runs[name] = (runs[name] ?? 0) + 1;
      };
      const cronOf = (...given: unknown[]) => Cron!(...(given as never[]));
      const Jobs = classOf({
        nightly: [[cronOf('* * * * * *', { name: 'nightly report' })], () => ran('nightly report')],
        hourly: [
          [cronOf('* * * * * *')],
          async () => {
            ran('hourly');
            throw new Broken('hourly');
          },
        ],
        poll: [[Interval!(...(['poll the queue', 50] as never[]))], () => ran('poll the queue')],
        sweep: [
          [Interval!(50 as never)],
          () => {
            ran('sweep');
            throw new Broken('sweep');
          },
        ],
        warm: [[Timeout!(20 as never)], async () => ran('warm')],
      });
      class App {}
      common.Module({ imports: [ScheduleModule.forRoot()], providers: [Jobs] })(App);
      const app = await core.NestFactory.createApplicationContext(App, { logger: false });
      closing.push(() => app.close());
      await vi.waitFor(() => expect(Object.keys(runs)).toHaveLength(5), { timeout: 60_000 });
      await vi.waitFor(() => expect(runs.sweep).toBeGreaterThan(2), { timeout: 60_000 });
      await app.close();
      const counted: Record<string, number> = {};
      const outcomes = new Set<string>();
      for (const { name, tags } of await stage.metrics()) {
        if (name !== 'work.run') continue;
        counted[tags.work_name!] = (counted[tags.work_name!] ?? 0) + 1;
        outcomes.add([tags.work_name, tags.work_kind, tags.outcome, tags.error_type ?? ''].join(' '));
      }
      expect(counted).toEqual(runs);
      expect([...outcomes].sort()).toEqual([
        'hourly cron error Broken',
        'nightly report cron ok ',
        'poll the queue cron ok ',
        'sweep cron error Broken',
        'warm cron ok ',
      ]);
    },
    300_000,
  );

  describe.skipIf(redis === null)('processors of @nestjs/bullmq', () => {
    unitContract({
      title: `@nestjs/bullmq of nest ${major}`,
      modules: [nest.bullmq],
      kind: 'job',
      system: 'bullmq',
      shown: (name) => `contract/${name}`,
      outcomes: { fail: 'error', again: 'retry' },
      each: isFull ? 100 : 10,
      async open(_, handle) {
        const { BullModule, Processor, WorkerHost, getQueueToken } = nest.bull;
        class Tasks extends WorkerHost {
          async process(job: { name: string; data: { task: string } }) {
            await handle(job.name, job.data.task);
          }
        }
        Processor('contract', { concurrency: 50 })(Tasks);
        class App {}
        const connection = { host: '127.0.0.1', port: redis!.port };
        common.Module({
          imports: [
            BullModule.forRoot({ connection, prefix: `contract${major}` }),
            BullModule.registerQueue({ name: 'contract' }),
          ],
          providers: [Tasks],
        })(App);
        const app = await core.NestFactory.createApplicationContext(App, { logger: false });
        const queue: Loaded = app.get(getQueueToken('contract'));
        return {
          send: (name, task) => queue.add(name, { task }, { attempts: task.startsWith('again') ? 2 : 1 }),
          close: () => app.close(),
        };
      },
    });
  });

  test.skipIf(redis === null)(
    'a processor of @nestjs/bullmq is a unit of BullMQ',
    async () => {
      const { BullModule, Processor, WorkerHost, getQueueToken } = nest.bull;
      stage = await openStage({});
      units(stage.meter, nest.bullmq);
      const done: string[] = [];
      class Mails extends WorkerHost {
        async process(job: { name: string }) {
          done.push(job.name);
          if (job.name === 'broken') throw new Broken('broken');
        }
      }
      Processor('mails')(Mails);
      class App {}
      const connection = { host: '127.0.0.1', port: redis!.port };
      const name = `mails`;
      common.Module({
        imports: [
          BullModule.forRoot({ connection, prefix: `nest${major}` }),
          BullModule.registerQueue({ name }),
        ],
        providers: [Mails],
      })(App);
      const app = await core.NestFactory.createApplicationContext(App, { logger: false });
      closing.push(() => app.close());
      const queue: Loaded = app.get(getQueueToken(name));
      for (let at = 0; at < 5; at++) {
        await queue.add('welcome', { id: at });
        await queue.add('broken', { id: at });
      }
      await vi.waitFor(() => expect(done).toHaveLength(10), { timeout: 60_000 });
      await app.close();
      const found = (await stage.metrics())
        .filter(({ name: metric }) => metric === 'messaging.process')
        .map(({ tags }) => [tags.work_name, tags.messaging_system, tags.outcome].join(' '));
      expect(found.sort()).toEqual([
        ...Array(5).fill('mails/broken bullmq error'),
        ...Array(5).fill('mails/welcome bullmq ok'),
      ]);
    },
    300_000,
  );
});
