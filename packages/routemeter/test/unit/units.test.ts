import { afterEach, describe, expect, it } from 'vitest';
import { captureWarnings } from '../../src/errors/index.ts';
import { captureMeter, expectMetric } from '../../src/testing/index.ts';
import { Units } from '../../src/work/index.ts';

let restore = () => {};
afterEach(() => restore());

class Broken extends Error {}
const job = { kind: 'job', system: 'bullmq', destination: 'mails', name: 'welcome' } as const;

describe('what sources of units are handed', () => {
  it('runs a handler as a unit, with its own this and arguments', async () => {
    const { meter, metrics } = captureMeter();
    const units = new Units(() => meter);
    const self = { factor: 2 };
    function handler(this: typeof self, a: number, b: number) {
      return meter.time('inside', () => (a + b) * this.factor);
    }
    expect(units.around({ ...job, queued: 12 }, handler, self, [1, 2])).toBe(6);
    await expect(units.around(job, async (a: number) => a, null, [7])).resolves.toBe(7);
    const found = await metrics();
    expectMetric(found, 'messaging.process').withTags({ work_name: 'mails/welcome', outcome: 'ok' }).times(2);
    expectMetric(found, 'messaging.process.queued').withValue(12).times(1);
    expectMetric(found, 'inside').withTags({ work_name: 'mails/welcome', work_kind: 'job' }).times(1);
  });

  it('hands on what it throws, and lets the source judge how it came out', async () => {
    const lines: string[] = [];
    restore = captureWarnings((line) => lines.push(line));
    const { meter, metrics } = captureMeter();
    const units = new Units(() => meter);
    const error = new Broken('x');
    const retried = (unit: { setOutcome(outcome: 'retry'): unknown }, thrown: unknown) => {
      if (thrown === error) unit.setOutcome('retry');
    };
    const fails = () => {
      throw error;
    };
    expect(() => units.around(job, fails, null, [], retried)).toThrow(error);
    await expect(units.around(job, async () => fails(), null, [], retried)).rejects.toBe(error);
    const faulty = () => {
      throw new Error('ours');
    };
    expect(units.around(job, () => 1, null, [], faulty)).toBe(1);
    const found = await metrics();
    expectMetric(found, 'messaging.process').withTags({ outcome: 'retry', error_type: 'Broken' }).times(2);
    expectMetric(found, 'messaging.process').withTags({ outcome: 'ok' }).times(1);
    expect(lines.filter((line) => line.includes('RM_INTERNAL')).length).toBe(1);
  });

  it('opens a unit whose code runs several times, and whose end is told elsewhere, once', async () => {
    const { meter, metrics } = captureMeter();
    const units = new Units(() => meter);
    const unit = units.open({ kind: 'rpc', system: 'grpc', name: '/shop.Orders/List' })!;
    const part = (name: string) => units.run(unit, () => meter.time(name, () => {}), null, 0, 0, 0);
    part('first');
    await new Promise((resolve) => setTimeout(resolve, 5));
    part('second');
    expect(unit.ended).toBe(false);
    unit.fail(new Broken('x'));
    unit.end();
    unit.fail(new Error('again'));
    const found = await metrics();
    expectMetric(found, 'rpc.server.call')
      .withTags({
        rpc_system: 'grpc',
        rpc_method: '/shop.Orders/List',
        outcome: 'error',
        error_type: 'Broken',
      })
      .times(1);
    expectMetric(found, 'rpc.server.call').times(1);
    for (const name of ['first', 'second'])
      expectMetric(found, name).withTags({ work_name: '/shop.Orders/List', work_kind: 'rpc' }).times(1);
    expect(unit.wall).toBeGreaterThan(3);
  });

  it('what a handler begins inside a request, or inside another unit, is its own', async () => {
    const { meter, metrics } = captureMeter();
    const units = new Units(() => meter);
    const seen = units.around(
      job,
      () => units.around({ kind: 'cron', name: 'tick' }, () => meter.time('in', () => 1), null, []),
      null,
      [],
    );
    expect(seen).toBe(1);
    expect(expectMetric(await metrics(), 'in').samples()[0]!.tags).toEqual({
      work_name: 'tick',
      work_kind: 'cron',
    });
  });

  it('leaves the handler alone where nothing is measured, or where a meter cannot be had', () => {
    const lines: string[] = [];
    restore = captureWarnings((line) => lines.push(line));
    const off = new Units(() => captureMeter({ enabled: false }));
    expect(off.open(job)).toBeNull();
    expect(off.around(job, (a: number) => a, null, [1])).toBe(1);
    const broken = new Units(() => {
      throw new Error('no meter');
    });
    expect(broken.around(job, (a: number) => a, null, [2])).toBe(2);
    expect(lines.length).toBe(1);
  });
});
