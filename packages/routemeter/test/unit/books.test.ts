import { describe, expect, test } from 'vitest';
import { virtualClock } from '../../../testkit/src/clock.ts';
import { createEngine } from '../../src/attribution/engine.ts';
import { Calls } from '../../src/calls/calls.ts';
import type { UnitCalls } from '../../src/calls/unit.ts';
import { captureMeter, expectMetric } from '../../src/testing/index.ts';
import { type UnitParts, WorkRecorder } from '../../src/unit/index.ts';

/** Units of one meter under a virtual clock. */
function begin() {
  const time = virtualClock();
  const engine = createEngine(time);
  const meter = captureMeter({ upstreams: true, breakdown: true, flushMs: 3_600_000 });
  const calls = new Calls(engine);
  calls.follow(meter);
  const recorder = new WorkRecorder(meter.finder);
  const open = (parts: UnitParts) => {
    const unit = recorder.unit(parts);
    engine.open(unit, true);
    return unit;
  };
  const end = (unit: ReturnType<typeof open>) => {
    engine.close(unit);
    recorder.record(unit);
  };
  const run = (unit: ReturnType<typeof open>, fn: () => void) =>
    engine.run(unit, fn, undefined, undefined, undefined, undefined);
  return { time, engine, meter, calls, open, run, end };
}

describe('under a virtual clock', () => {
  test('the four parts of a unit are exact, and so are the shares of its calls', async () => {
    const { time, engine, meter, calls, open, run, end } = begin();
    const unit = open({ kind: 'job', name: 'welcome', system: 'bullmq', destination: 'mails' });
    const other = open({ kind: 'work', name: 'other' });
    const call = (operation: string) =>
      calls.open(unit, calls.name('db', 'test', 'host', operation, operation))!;
    engine.hold(unit);
    engine.hold(other);
    run(unit, () => time.burn(3));
    time.rest(5);
    const a = call('A');
    time.rest(10);
    const b = call('B');
    time.rest(8);
    run(other, () => time.burn(7));
    run(unit, () => {
      time.stall(2);
      a.end();
    });
    time.rest(4);
    run(unit, () => b.end());
    time.rest(1);
    unit.queued = 250;
    end(unit);
    end(other);
    expect([unit.wall, unit.cpu, unit.stalled, unit.loopBusy, unit.idle]).toEqual([40, 3, 2, 7, 28]);
    expect([a.wait, b.wait, (unit.waits as UnitCalls).alone]).toEqual([14, 8, 6]);
    expect([other.wall, other.cpu, other.stalled, other.loopBusy, other.idle]).toEqual([40, 7, 0, 5, 28]);
    const found = await meter.metrics();
    const name = { work_name: 'mails/welcome', work_kind: 'job' };
    const value = (metric: string) =>
      expectMetric(found, metric)
        .withTags(name)
        .samples()
        .map((one) => one.value);
    expect(value('messaging.process')).toEqual([40]);
    expect(value('messaging.process.cpu')).toEqual([3]);
    expect(value('messaging.process.loop_busy')).toEqual([7]);
    expect(value('messaging.process.stalled')).toEqual([2]);
    expect(value('messaging.process.queued')).toEqual([250]);
    expect(
      value('db.client.operation')
        .map(Number)
        .sort((x, y) => x - y),
    ).toEqual([21, 27]);
    expect(
      value('db.client.operation.wait')
        .map(Number)
        .sort((x, y) => x - y),
    ).toEqual([8, 14]);
  });

  test('a unit inside a unit: what it uses is its own, and loop busy for the other', () => {
    const { time, engine, open, run, end } = begin();
    const outer = open({ kind: 'work', name: 'outer' });
    run(outer, () => {
      time.burn(2);
      const inner = open({ kind: 'work', name: 'inner' });
      run(inner, () => {
        time.burn(5);
        time.stall(1);
      });
      end(inner);
      expect([inner.wall, inner.cpu, inner.stalled, inner.loopBusy, inner.idle]).toEqual([6, 5, 1, 0, 0]);
      time.burn(3);
      const left = open({ kind: 'work', name: 'left behind' });
      run(left, () => time.burn(4));
      engine.hold(left);
      time.burn(1);
      expect(left.ended).toBe(false);
    });
    end(outer);
    expect([outer.cpu, outer.stalled, outer.loopBusy]).toEqual([6, 0, 10]);
    expect(outer.wall).toBe(16);
  });

  test('one that is not measured takes nothing from the one around it either', () => {
    const { time, engine, meter, run, open, end } = begin();
    const outer = open({ kind: 'work', name: 'outer' });
    const recorder = new WorkRecorder(meter.finder);
    run(outer, () => {
      time.burn(1);
      const inner = recorder.unit({ kind: 'work', name: 'inner' });
      engine.open(inner, false);
      run(inner, () => time.burn(9));
      engine.close(inner);
    });
    end(outer);
    expect([outer.cpu, outer.loopBusy]).toEqual([1, 9]);
    expect(engine.totals().outside).toBe(9);
  });
});
