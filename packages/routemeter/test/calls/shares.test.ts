import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../../../testkit/src/clock.ts';
import { createEngine } from '../../src/attribution/engine.ts';
import type { Call } from '../../src/calls/call.ts';
import { Calls } from '../../src/calls/calls.ts';
import { NAMES, Names } from '../../src/calls/names.ts';
import { OPEN_CALLS, type UnitCalls } from '../../src/calls/unit.ts';
import { RequestRecorder } from '../../src/request/recorder.ts';
import { RequestSpan } from '../../src/request/span.ts';
import { type CaptureMeter, captureMeter } from '../../src/testing/index.ts';
import { leafOf, rowsOf } from './stage.ts';

/** A request under a virtual clock, and what its calls come to. */
function begin(meter: CaptureMeter = captureMeter({ upstreams: true, breakdown: true, flushMs: 3_600_000 })) {
  const time = virtualClock();
  const engine = createEngine(time);
  const calls = new Calls(engine);
  calls.follow(meter);
  const recorder = new RequestRecorder(meter);
  const span = new RequestSpan(recorder, true);
  span.method = 'GET';
  span.setRoute('/route');
  engine.open(span, true);
  engine.hold(span);
  const open = (operation: string): Call =>
    calls.open(span, calls.name('db', 'test', 'host', operation, operation))!;
  const close = async () => {
    engine.close(span);
    span.status = 200;
    recorder.record(span, null);
    return meter.metrics();
  };
  return { time, engine, calls, span, open, close, meter, unit: () => span.waits as UnitCalls };
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

describe('rates', () => {
  const options = { upstreams: true, breakdown: true, flushMs: 3_600_000 };
  /** What was sent of a request with one call, and at which rate, by name. */
  async function sent({ time, open, close }: ReturnType<typeof begin>): Promise<Map<string, number>> {
    time.rest(5);
    const call = open('A');
    time.rest(10);
    call.end();
    const found = await close();
    return new Map(found.map(({ name, rate }) => [name, rate]));
  }

  const whole = [
    ['db.client.operation', 1],
    ['db.client.operation.repeated', 1],
    ['http.server.request', 1],
  ] as const;
  const measured = (rate: number) => [
    ['db.client.operation.wait', rate],
    ['http.server.request.cpu', rate],
    ['http.server.request.loop_busy', rate],
    ['http.server.request.stalled', rate],
  ];
  const sorted = (found: Map<string, number>) => [...found].sort(([a], [b]) => (a < b ? -1 : 1));

  test.each([1, 0.25])('what follows from CPU carries its fraction: %d', async (cpu) => {
    const found = await sent(begin(captureMeter({ ...options, cpu })));
    expect(sorted(found)).toEqual(sorted(new Map([...whole, ...measured(cpu)] as never)));
  });

  test('and that of the slice, as it was at the end', async () => {
    const stage = begin(captureMeter(options));
    const slice = { rate: 0.2, isGivenUp: false, held: 1 };
    stage.span.slice = slice;
    slice.rate = 0.05;
    expect(sorted(await sent(stage))).toEqual(sorted(new Map([...whole, ...measured(0.05)] as never)));
    expect(slice.held).toBe(0);
  });

  test('of a slice that was given up there is none of it, and all of the rest', async () => {
    const stage = begin(captureMeter(options));
    stage.span.slice = { rate: 0.2, isGivenUp: true, held: 0 };
    expect(sorted(await sent(stage))).toEqual(sorted(new Map(whole)));
  });
});

describe('shares', () => {
  test('what waits is shared equally by the calls that are open', async () => {
    const { time, open, close, span, unit } = begin();
    time.rest(5);
    const first = open('A');
    time.rest(10);
    const second = open('B');
    time.rest(8);
    time.burn(3);
    first.end();
    time.rest(2);
    second.end();
    time.rest(1);
    await close();
    expect([first.wait, second.wait, unit().alone]).toEqual([14, 6, 6]);
    expect([first.duration, second.duration]).toEqual([21, 13]);
    expect(span.idle).toBe(26);
  });

  test('ten parallel calls of 50 ms cost 50 ms', async () => {
    const { time, open, close } = begin();
    const all = Array.from({ length: 10 }, () => open('A'));
    time.rest(50);
    for (const call of all) call.end();
    const metrics = await close();
    expect(leafOf(metrics, 'wait', '/route')['test A']).toEqual(Array(10).fill(5));
    expect(rowsOf(metrics)[0]!.durations).toEqual(Array(10).fill(50));
    expect(leafOf(metrics, 'repeated', '/route')).toEqual({ 'test A': [10] });
  });

  test('idle is the sum of the waits and what was waited without a call, whatever the order', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('open' as const), name: fc.constantFrom('A', 'B', 'C') }),
      fc.record({
        do: fc.constantFrom('end' as const, 'fail' as const, 'again' as const, 'cancel' as const),
        which: fc.nat(20),
      }),
      fc.record({
        do: fc.constantFrom('rest' as const, 'burn' as const, 'stall' as const),
        ms: fc.integer({ min: 0, max: 64 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { time, engine, open, span, unit } = begin();
        const all: Call[] = [];
        let cancelled = 0;
        for (const one of steps) {
          if (one.do === 'open') all.push(open(one.name));
          else if ('ms' in one) time[one.do](one.ms);
          else if (all.length > 0) {
            const call = all[one.which % all.length]!;
            if (one.do === 'end' || one.do === 'again') call.end();
            else if (one.do === 'fail') call.fail(new Error('no'));
            else if (!call.ended) {
              call.cancel();
              cancelled++;
              all.splice(all.indexOf(call), 1);
            }
          }
        }
        engine.close(span);
        // Those that are still open are told by their shares so far: end them, without time passing.
        for (const call of all) call.end();
        if (all.length === 0 && cancelled === 0) return;
        expect(sum(all.map((call) => call.wait)) + unit().alone).toBeCloseTo(span.idle, 9);
      }),
      { numRuns: 300 },
    );
  });

  test('a call that outlives its request costs it its share until then, and is recorded when it ends', async () => {
    const { time, open, close, meter } = begin();
    const call = open('A');
    time.rest(10);
    const before = await close();
    expect(rowsOf(before)).toEqual([]);
    expect(leafOf(before, 'wait', '/route')).toEqual({ 'test A': [10] });
    expect(leafOf(before, 'repeated', '/route')).toEqual({ 'test A': [1] });
    time.rest(20);
    call.end();
    const after = await meter.metrics();
    expect(rowsOf(after)).toMatchObject([{ route: '/route', count: 1, durations: [30] }]);
    expect(leafOf(after, 'wait', '/route')).toEqual({ 'test A': [10] });
  });

  test('a call made after the response is counted for its route, and cost it nothing', async () => {
    const { time, open, close, meter } = begin();
    open('A').end();
    await close();
    const late = open('B');
    time.rest(7);
    late.end();
    late.fail(new Error('again'));
    const metrics = await meter.metrics();
    expect(rowsOf(metrics).map(({ name, durations, errors }) => ({ name, durations, errors }))).toEqual([
      { name: 'test A', durations: [0], errors: [] },
      { name: 'test B', durations: [7], errors: [] },
    ]);
    expect(leafOf(metrics, 'wait', '/route')).toEqual({ 'test A': [0] });
  });

  test('the first call of a request can be one made after its response', async () => {
    const { open, close, meter } = begin();
    await close();
    open('A').end();
    expect(rowsOf(await meter.metrics())).toMatchObject([{ route: '/route', name: 'test A', count: 1 }]);
  });
});

describe('bounds', () => {
  test('open calls of a unit, beyond which they are counted', async () => {
    const { calls, span, close, meter } = begin();
    const name = calls.name('db', 'test', 'host', 'A');
    for (let i = 0; i < OPEN_CALLS; i++) expect(calls.open(span, name)).not.toBeNull();
    expect(calls.open(span, name)).toBeNull();
    await close();
    expect(meter.stats().droppedCalls).toBe(1);
  });

  test('calls that wait for the route go under the route so far when they are many', async () => {
    const { open, close } = begin();
    for (let i = 0; i < 700; i++) open('A').end();
    expect(rowsOf(await close())).toMatchObject([{ route: '/route', count: 700 }]);
  });

  test('names of a process: further calls are other, and counted', async () => {
    const { open, close, calls, meter } = begin();
    for (let i = 0; i < NAMES + 50; i++) open(`Q${i}`).end();
    expect(calls.names.size).toBe(NAMES);
    const rows = rowsOf(await close());
    expect(rows).toHaveLength(NAMES + 1);
    expect(rows.find(({ name }) => name === 'test other')).toMatchObject({ count: 50, peer: 'other' });
    expect(meter.stats().otherCalls).toBe(50);
  });

  test('hosts of HTTP leave room for the others, and names unused for long give up their place', () => {
    let now = 0;
    const names = new Names(() => now);
    for (let i = 0; i < 5000; i++) names.of('http', '', `hook${i}.example`, 'GET');
    expect(names.of('db', 'postgresql', 'db', 'SELECT').isOther).toBe(false);
    expect(names.of('http', '', 'late.example', 'GET').isOther).toBe(true);
    now = 3_600_000;
    expect(names.of('http', '', 'late.example', 'GET').isOther).toBe(false);
    expect(names.size).toBe(1);
  });
});
