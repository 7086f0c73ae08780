import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { calls } from '../../src/calls/index.ts';
import { captureWarnings, RoutemeterError } from '../../src/errors/index.ts';
import { httpMeter } from '../../src/frameworks/http.ts';
import type { WorkKind, WorkUnit } from '../../src/index.ts';
import { captureMeter, expectMetric } from '../../src/testing/index.ts';
import { UNIT_NAMES } from '../../src/unit/index.ts';
import { openStage } from '../calls/stage.ts';
import { until } from '../sinks/counting-server.ts';

class Broken extends Error {}

/** Uses as much CPU, however busy the machine is. */
function burn(ms: number): void {
  const from = process.cpuUsage();
  for (let used = 0; used < ms * 1000; ) {
    const { user, system } = process.cpuUsage(from);
    used = user + system;
  }
}

let restore = () => {};
afterEach(() => restore());

/** What is reported from here on. */
function reported(): string[] {
  const lines: string[] = [];
  restore = captureWarnings((line) => lines.push(line));
  return lines;
}

describe('meter.work', () => {
  it('returns what its code returns, and emits wall with its outcome, CPU and the loop split', async () => {
    const { meter, metrics } = captureMeter({ breakdown: true });
    expect(meter.work('sync', () => 7)).toBe(7);
    await expect(meter.work('async', async () => 8)).resolves.toBe(8);
    const found = await metrics();
    for (const work_name of ['sync', 'async']) {
      const name = { work_name, work_kind: 'work' };
      expectMetric(found, 'work.run')
        .withTags({ ...name, outcome: 'ok' })
        .times(1);
      for (const leaf of ['cpu', 'loop_busy', 'stalled']) {
        expectMetric(found, `work.run.${leaf}`).withTags(name).times(1);
        expect(expectMetric(found, `work.run.${leaf}`).samples()[0]!.tags).not.toHaveProperty('outcome');
      }
    }
  });

  it('passes errors on, and tells their class and the outcome', async () => {
    const { meter, metrics } = captureMeter();
    const error = new Broken('x');
    const fail = () => {
      throw error;
    };
    expect(() => meter.work('w', fail)).toThrow(error);
    await expect(meter.work('w', async () => fail())).rejects.toBe(error);
    await expect(
      meter.work('again', (unit) => {
        unit.setOutcome('retry');
        return Promise.reject(error);
      }),
    ).rejects.toBe(error);
    meter.work('held', (unit) => unit.setOutcome('stalled').setOutcome('lost' as never));
    const found = await metrics();
    expectMetric(found, 'work.run')
      .withTags({ work_name: 'w', outcome: 'error', error_type: 'Broken' })
      .times(2);
    expectMetric(found, 'work.run')
      .withTags({ work_name: 'again', outcome: 'retry', error_type: 'Broken' })
      .times(1);
    expectMetric(found, 'work.run').withTags({ work_name: 'held', outcome: 'stalled' }).times(1);
  });

  it.each<[WorkKind, string, Record<string, string>]>([
    ['work', 'work.run', { work_name: 'n' }],
    ['cron', 'work.run', { work_name: 'n' }],
    [
      'job',
      'messaging.process',
      { work_name: 'q/n', messaging_system: 's', messaging_destination_name: 'q' },
    ],
    [
      'message',
      'messaging.process',
      { work_name: 'q/n', messaging_system: 's', messaging_destination_name: 'q' },
    ],
    [
      'socket',
      'messaging.process',
      { work_name: 'q/n', messaging_system: 's', messaging_destination_name: 'q' },
    ],
    ['rpc', 'rpc.server.call', { work_name: 'n', rpc_method: 'n', rpc_system: 's' }],
    ['graphql', 'graphql.server.operation', { work_name: 'n' }],
  ])('a unit of kind %s is sent as %s', async (kind, metric, tags) => {
    const { meter, metrics } = captureMeter();
    const destination = metric === 'messaging.process' ? 'q' : undefined;
    meter.work('n', () => meter.time('inside', () => {}), { kind, system: 's', destination });
    const found = await metrics();
    const name: Record<string, string> = { ...tags, work_kind: kind };
    expect(
      expectMetric(found, metric)
        .samples()
        .map((one) => one.tags),
    ).toEqual([{ ...name, outcome: 'ok' }]);
    expect(
      expectMetric(found, `${metric}.cpu`)
        .samples()
        .map((one) => one.tags),
    ).toEqual([name]);
    expect(
      expectMetric(found, 'inside')
        .samples()
        .map((one) => one.tags),
    ).toEqual([{ work_name: name.work_name, work_kind: kind }]);
  });

  it('a job without a destination has its own name for one', async () => {
    const { meter, metrics } = captureMeter();
    meter.work('welcome', () => {}, { kind: 'job' });
    expectMetric(await metrics(), 'messaging.process')
      .withTags({ work_name: 'welcome', messaging_destination_name: 'welcome' })
      .times(1);
  });

  it('hands the unit to its code: tags of its wall time and of plain metrics while it runs, times after', async () => {
    const { meter, metrics } = captureMeter();
    let kept: WorkUnit | undefined;
    await meter.work(
      'w',
      async (unit) => {
        kept = unit.tag('source', 'cache');
        meter.tag('plan', 'free');
        meter.increment('seen');
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
      { tags: { size: 'big' } },
    );
    kept?.tag('late', 'ignored').setOutcome('retry');
    expect(kept?.name).toBe('w');
    expect(kept?.wall).toBeGreaterThan(3);
    expect(kept?.cpu).toBeLessThan(kept?.wall ?? 0);
    const found = await metrics();
    const tags = { size: 'big', source: 'cache', plan: 'free' };
    const [own] = expectMetric(found, 'work.run').samples();
    expect(own!.tags).toEqual({ ...tags, work_name: 'w', work_kind: 'work', outcome: 'ok' });
    expect(expectMetric(found, 'seen').samples()[0]!.tags).toEqual(tags);
  });

  it('hands a lazy thenable back as it is: the unit ends when it settles after it was awaited', async () => {
    const { meter, metrics } = captureMeter();
    let runs = 0;
    class Query {
      // biome-ignore lint/suspicious/noThenProperty: a query builder
      then(done: (value: number) => unknown) {
        runs++;
        meter.time('inside', () => {});
        return Promise.resolve(5).then(done);
      }
    }
    const query = new Query();
    const given = meter.work('lazy', () => query);
    expect(given).toBe(query);
    expect(runs).toBe(0);
    expectMetric(await metrics(), 'work.run').times(0);
    expect(await given).toBe(5);
    expect(runs).toBe(1);
    const found = await metrics();
    expectMetric(found, 'work.run').withTags({ work_name: 'lazy', outcome: 'ok' }).times(1);
    expectMetric(found, 'inside').withTags({ work_name: 'lazy' }).times(1);
  });

  it('a rejection that nobody handles is still reported as such', async () => {
    const { meter } = captureMeter();
    const error = new Broken('nobody');
    const seen: unknown[] = [];
    const former = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => seen.push(reason));
    try {
      void meter.work('w', () => Promise.reject(error));
      await until(() => seen.length > 0);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const one of former) process.on('unhandledRejection', one);
    }
    expect(seen).toEqual([error]);
  });

  it('a unit inside another is its own root: blocks, tags and calls are its own', async () => {
    const { meter, metrics } = captureMeter({ breakdown: true });
    await meter.work('outer', async (outer) => {
      await meter.work('inner', async (inner) => {
        meter.tag('whose', 'inner');
        await meter.time('block', async () => {});
        expect(inner.parent).toBeNull();
        expect(inner.root).toBe(inner);
      });
      expect(outer.tags).toBeNull();
      meter.time('block', () => {});
    });
    const found = await metrics();
    expectMetric(found, 'work.run').withTags({ work_name: 'inner', whose: 'inner' }).times(1);
    expect(expectMetric(found, 'work.run').withTags({ work_name: 'outer' }).samples()[0]!.tags.whose).toBe(
      undefined,
    );
    for (const work_name of ['inner', 'outer']) expectMetric(found, 'block').withTags({ work_name }).times(1);
  });

  it('what a request left behind is not charged to it, and meter.route() in a unit names no request', async () => {
    const { meter, settled, metrics } = captureMeter();
    let done = () => {};
    const ran = new Promise<void>((resolve) => {
      done = resolve;
    });
    const server = createServer((_request, response) => {
      setTimeout(() => {
        meter.work('later', () => {
          meter.time('block', () => {});
          meter.route('/stolen');
          burn(30);
        });
        done();
      }, 10);
      meter.work('now', () => meter.route('/stolen'));
      response.end();
    });
    httpMeter(server, { meter, route: () => '/schedule' });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
    await ran;
    server.close();
    await settled();
    const found = await metrics();
    expectMetric(found, 'http.server.request').withTags({ http_route: '/schedule' }).times(1);
    expectMetric(found, 'work.run').withTags({ work_name: 'later' }).times(1);
    expect(expectMetric(found, 'block').samples()[0]!.tags.http_route).toBe(undefined);
    const after = expectMetric(found, 'http.server.cpu_after').samples();
    expect(after.reduce((sum, one) => sum + Number(one.value), 0)).toBeLessThan(10);
    expect(meter.stats().ignoredTags).toBe(2);
  });

  it('its calls to upstreams carry its name, and its idle time is shared by them', async () => {
    const stage = await openStage({});
    const { meter } = stage;
    const address = await new Promise<string>((resolve) => {
      const upstream = createServer((_request, response) => setTimeout(() => response.end('x'), 15));
      upstream.listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(upstream.address() as { port: number }).port}`),
      );
      upstream.unref();
    });
    await meter.work('sync feeds', async () => {
      await Promise.all([1, 2, 3].map(async () => (await fetch(address)).text()));
      await meter.time('block', async () => (await fetch(address)).text());
    });
    const found = await stage.metrics();
    const calls = expectMetric(found, 'http.client.request').withTags({
      work_name: 'sync feeds',
      work_kind: 'work',
    });
    calls.times(4);
    expectMetric(found, 'http.client.request').withTags({ block: 'block' }).times(1);
    expect(calls.samples().every((one) => one.tags.http_route === undefined)).toBe(true);
    const waits = expectMetric(found, 'http.client.request.wait')
      .withTags({ work_name: 'sync feeds' })
      .samples();
    expect(waits.length).toBe(4);
    const wall = Number(expectMetric(found, 'work.run').samples()[0]!.value);
    const waited = waits.reduce((sum, one) => sum + Number(one.value), 0);
    expect(waited).toBeGreaterThan(15);
    expect(waited).toBeLessThanOrEqual(wall * 1.001);
    expectMetric(found, 'http.client.request.repeated')
      .withTags({ work_name: 'sync feeds' })
      .withValue(3)
      .times(1);
    await stage.stop();
  });

  it('calls have a system and a destination of their own, and nothing of those of their unit', async () => {
    const stage = await openStage({});
    const { meter } = stage;
    const all = calls();
    const make = (kind: 'rpc' | 'messaging', system: string, operation: string, detail = '') =>
      all.open(all.owner()!, all.name(kind, system, 'host', operation, detail))!.end();
    meter.work('Orders/List', () => make('rpc', 'grpc', 'Stock/Get'), { kind: 'rpc', system: 'grpc' });
    meter.work(
      'welcome',
      () => {
        make('messaging', 'kafka', 'publish', 'audit');
        make('messaging', 'rabbitmq', 'publish');
      },
      { kind: 'job', system: 'bullmq', destination: 'mails' },
    );
    const found = await stage.metrics();
    expectMetric(found, 'rpc.client.call')
      .withTags({ work_name: 'Orders/List', work_kind: 'rpc', rpc_method: 'Stock/Get' })
      .times(1);
    const sent = expectMetric(found, 'messaging.client.operation')
      .withTags({ work_name: 'mails/welcome', work_kind: 'job' })
      .samples();
    expect(sent.map(({ tags }) => [tags.messaging_system, tags.messaging_destination_name])).toEqual([
      ['kafka', 'audit'],
      ['rabbitmq', undefined],
    ]);
    await stage.stop();
  });

  it('CPU that it used after its end is summed apart', async () => {
    const { meter, settled, metrics } = captureMeter();
    let isBurnt = false;
    await meter.work(
      'left',
      async () => {
        setTimeout(() => {
          burn(20);
          isBurnt = true;
        }, 20);
      },
      { kind: 'job' },
    );
    await until(() => isBurnt);
    await settled();
    const after = expectMetric(await metrics(), 'messaging.cpu_after')
      .withTags({ work_name: 'left' })
      .samples();
    expect(after.reduce((sum, one) => sum + Number(one.value), 0)).toBeGreaterThan(5);
  });
});

describe('what is off, sampled, ignored, or too much', () => {
  it('a meter that is off calls the function and reads no clock', async () => {
    const { meter, metrics } = captureMeter({ enabled: false });
    const unit = meter.work('w', (given) => given.tag('a', 'b').setOutcome('retry'));
    expect([unit.name, unit.wall, unit.openedAt, unit.outcome, unit.tags]).toEqual(['w', 0, 0, 'ok', null]);
    await expect(meter.work('w', async () => 1)).resolves.toBe(1);
    expect(await metrics()).toEqual([]);
  });

  it('measures the chosen share of CPU, and records the chosen share of units', async () => {
    const { meter, metrics } = captureMeter({ cpu: 0.25 });
    // Whole periods of the sampler, of blocks of 1, 2, 4, 8, 16, 32 and 32: a part of one is left to chance.
    const blocks = 95;
    for (let i = 0; i < 4 * blocks; i++) meter.work('w', () => {});
    const found = await metrics();
    expectMetric(found, 'work.run').times(4 * blocks);
    const exact = expectMetric(found, 'work.run.cpu').samples();
    expect(exact.length).toBe(blocks);
    expect(exact.every(({ rate }) => rate === 0.25)).toBe(true);
    const sampled = captureMeter({ sampleRate: 0.5 });
    for (let i = 0; i < 400; i++) sampled.work('w', () => {});
    const some = expectMetric(await sampled.metrics(), 'work.run').samples();
    expect(some.length).toBeGreaterThan(120);
    expect(some.length).toBeLessThan(280);
    expect(some.every(({ rate }) => rate === 0.5)).toBe(true);
  });

  it('nothing is recorded of names that are ignored, nor of their blocks', async () => {
    const { meter, metrics } = captureMeter({ ignore: ['quiet'] });
    meter.work('quiet', () => meter.time('block', () => {}));
    meter.work('loud', () => {});
    const found = await metrics();
    expectMetric(found, 'work.run').times(1);
    expectMetric(found, 'block').times(0);
  });

  it('names beyond 200 are one, counted, and reported once', async () => {
    const warnings = reported();
    const { meter, metrics } = captureMeter({ maxSeries: 5000 });
    const child = meter.child({ prefix: 'child' });
    for (let i = 0; i < UNIT_NAMES + 50; i++) (i % 2 === 0 ? meter : child).work(`name${i}`, () => {});
    const found = [
      ...expectMetric(await metrics(), 'work.run').samples(),
      ...expectMetric(await metrics(), 'child.work.run').samples(),
    ];
    expect(found.length).toBe(UNIT_NAMES + 50);
    expect(new Set(found.map(({ tags }) => tags.work_name)).size).toBe(UNIT_NAMES + 1);
    expect(found.filter(({ tags }) => tags.work_name === 'other').length).toBe(50);
    expect(meter.stats().otherUnits).toBe(50);
    expect(warnings.filter((line) => line.includes('RM_UNIT_CAP')).length).toBe(1);
  });

  it('options that make no sense never fail the code that runs', async () => {
    const warnings = reported();
    const { meter, metrics } = captureMeter();
    const hostile = Object.defineProperty({}, 'kind', {
      get() {
        throw new Error('mine');
      },
    });
    for (const options of [
      { kind: 'jobs' },
      { kind: 3 },
      hostile,
      5,
      'job',
      null,
      { system: {} },
      { tags: 3 },
    ]) {
      expect(meter.work('w', () => 1, options as never)).toBe(1);
    }
    expect(meter.work(Symbol('s') as never, () => 2)).toBe(2);
    expectMetric(await metrics(), 'work.run').times(9);
    expect(warnings.filter((line) => line.includes('RM_UNIT_INVALID')).length).toBe(1);
  });
});

describe('meter.worked', () => {
  it('wraps a function, which stays what it was', async () => {
    const { meter, metrics } = captureMeter();
    const named = meter.worked('nightly', async (a: number, b: number) => a + b, { kind: 'cron' });
    expect(named.length).toBe(2);
    expect(await named(1, 2)).toBe(3);
    const own = meter.worked(function report(this: { x: number }) {
      return this.x;
    });
    expect(own.name).toBe('report');
    const reports = { x: 4, own };
    expect(reports.own()).toBe(4);
    const found = await metrics();
    expectMetric(found, 'work.run').withTags({ work_name: 'nightly', work_kind: 'cron' }).times(1);
    expectMetric(found, 'work.run').withTags({ work_name: 'Object.report', work_kind: 'work' }).times(1);
  });

  it.each([
    [
      () => captureMeter().worked('n', { kind: 'jobs' } as never),
      'RM_OPTION_INVALID',
      /kind "jobs" must be one of work, cron/,
    ],
    [() => captureMeter().worked('n', { knid: 'job' } as never), 'RM_OPTION_UNKNOWN', /"knid"/],
    [
      () => captureMeter().worked('n', () => {}, { system: 3 } as never),
      'RM_OPTION_INVALID',
      /system 3 must be text/,
    ],
    [() => captureMeter().worked(5 as never), 'RM_OPTION_INVALID', /5 is not an object/],
  ])('options that make no sense throw where code is wrapped: %#', (wrap, code, message) => {
    let thrown: unknown;
    try {
      wrap();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RoutemeterError);
    expect((thrown as RoutemeterError).code).toBe(code);
    expect((thrown as RoutemeterError).message).toMatch(message);
  });
});
