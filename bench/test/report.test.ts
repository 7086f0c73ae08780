import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { budget } from '../lib/budget.mjs';
// @ts-expect-error: a script without types
import { fit, median, rotated } from '../lib/numbers.mjs';
// @ts-expect-error: a script without types
import { appended } from '../lib/results.mjs';
// @ts-expect-error: a script without types
import { summaryOf } from '../report/summary.mjs';
// @ts-expect-error: a script without types
import { targetRows } from '../report/targets.mjs';
// @ts-expect-error: a script without types
import { filesOf } from '../report/write.mjs';
// @ts-expect-error: a script without types
import { judged } from '../scaling/main.mjs';

const doc = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), 'utf8');

const machine = {
  ...{ at: '2026-01-01T00:00:00.000Z', commit: 'abc', node: 'v24.0.0', cpu: 'a CPU', cores: 2 },
  ...{ memoryGb: 8, system: 'Linux', pinned: true, load: 0.1 },
};

function result(cpu: Record<string, number>, extra: object = {}) {
  const rest = {
    perSecond: 1000,
    rssMb: 50,
    heapMb: 10,
    packets: 5,
    bytes: 5000,
    posts: 0,
    posted: 0,
    lost: 0,
  };
  const round = Object.fromEntries(
    Object.entries(cpu).map(([name, cpuUs]) => [name, { hello: { cpuUs, ...rest } }]),
  );
  const conditions = { connections: 50, amounts: { hello: [10, 100] } };
  const data = { conditions, rounds: [round], missing: {} };
  return { part: 'express', quick: false, seconds: 1, machine, data, ...extra };
}

describe('the page', () => {
  it('is what its numbers make of it, and so is its picture', () => {
    const files: Record<string, string> = filesOf(JSON.parse(doc('benchmarks.json')));
    expect(Object.keys(files)).toContain('benchmarks.md');
    for (const [name, text] of Object.entries(files)) expect(text).toBe(doc(name));
  });

  it('tells what was not measured and what is missing', () => {
    const found = result({ bare: 10 });
    found.data.missing = { 'dd-trace 5, runtime metrics': 'could not be installed' };
    const page = filesOf(summaryOf({ express: found }))['benchmarks.md'];
    expect(page).toContain('- express, dd-trace 5, runtime metrics: could not be installed');
    expect(page).toContain('- memory: this part was not run.');
    expect(page).toMatch(/one sample into a known series, ns \| <= 60 \| not measured/);
  });
});

describe('the numbers', () => {
  const names = ['bare', 'Routemeter, wall', 'express-hot-shots', 'express-prom-bundle'];
  const round = (values: number[]) => result(Object.fromEntries(names.map((name, i) => [name, values[i]!])));

  const three = (rounds: number[][]) =>
    rounds.map(round).reduce((before: unknown, now) => appended(before, now), undefined);
  const first = (found: unknown) => targetRows(summaryOf({ express: found }))[0];

  it('compares within a round, and finds the best rival', () => {
    const all = three([
      [10, 10.7, 18, 16],
      [20, 20.9, 26, 29],
      [30, 30.5, 37, 50],
    ]);
    const summary = summaryOf({ express: all });
    expect(summary.http.express.handlers.hello['Routemeter, wall'].addedUs).toEqual([0.7, 0.5, 0.9]);
    expect(first(all)).toMatchObject({
      measured: '0.70 (0.50 to 0.90)',
      met: 'yes',
      rival: '7.0, express-hot-shots',
    });
  });

  it('says where a target is missed, and where the rounds do not tell', () => {
    const rounds = (...wall: number[]) => three(wall.map((each) => [10, each, 18, 16]));
    expect(first(rounds(13, 14, 15)).met).toBe('no');
    expect(first(rounds(10.5, 10.6, 15)).met).toBe('cannot tell: yes by the median');
    expect(first(rounds(8, 9, 9)).met).toBe('cannot tell: less than the bare app');
    expect(first(rounds(10.5, 10.6)).met).toBe('cannot tell: 2 rounds');
  });

  it('compares a unit of work with OpenTelemetry, window by window', () => {
    const windows = (...us: number[]) => ({ 'BullMQ, job': us });
    const rounds = Array(3).fill({
      bare: windows(100, 200),
      Routemeter: windows(104, 204),
      OpenTelemetry: windows(120, 220),
    });
    const found = { part: 'units', quick: false, seconds: 1, machine, data: { conditions: {}, rounds } };
    const row = targetRows(summaryOf({ units: found })).find(({ what }: { what: string }) =>
      what.startsWith('a unit of work, BullMQ'),
    );
    expect(row).toMatchObject({
      measured: '0.20',
      met: 'yes',
      rival: '20.0 (20.0 to 20.0) µs, OpenTelemetry',
    });
  });

  it('compares the instructions of other requests with those of Express, the floor and an earlier build', () => {
    const cpu = 'Routemeter, exact CPU';
    const rows = [
      { framework: 'express', handler: 'hello', routes: 0, subjects: { bare: 100, 'Routemeter, wall': 110 } },
      { framework: 'koa', handler: 'hello', routes: 0, subjects: { bare: 80, 'Routemeter, wall': 92 } },
      {
        ...{ framework: 'express', handler: 'blocks', routes: 0 },
        subjects: { bare: 100, [cpu]: 140, 'Routemeter before, exact CPU': 200 },
      },
      { framework: 'fastify', handler: 'hello', routes: 1, subjects: { bare: 50, [cpu]: 70 } },
      { framework: 'fastify', handler: 'hello', routes: 5000, subjects: { bare: 60, [cpu]: 100 } },
    ];
    const data = { conditions: { requests: 1024 }, rows, missing: {} };
    const summary = summaryOf({ more: { part: 'more', quick: false, seconds: 1, machine, data } });
    const of = (start: string) =>
      targetRows(summary).find(({ what }: { what: string }) =>
        what.startsWith(`instructions added, ${start}`),
      );
    expect(of('Koa 3')).toMatchObject({ measured: '1.20', met: 'yes' });
    expect(of('Express 5, 20 blocks')).toMatchObject({ measured: '0.40', met: 'yes' });
    expect(of('5,000 routes')).toMatchObject({ measured: '2.00', met: 'no' });
    expect(of('hapi 21')).toMatchObject({ measured: 'not measured' });
    const page = filesOf(summary)['benchmarks.md'];
    expect(page).toContain('| Fastify 5, 5,000 routes | 60 | - | 40 | - |');
  });

  it('compares a profile with the windows around it, on a machine that becomes slower', () => {
    // A profile adds 4 %, leaves 1 % behind, and holds the loop longest the first time.
    const taken = (slower: number, turn: number, adds: number, leaves: number) => {
      const us = (share: number) => 50 * slower * (1 + share);
      return {
        before: [us(turn > 0 ? leaves : 0), us(turn > 0 ? leaves : 0)],
        start: turn === 0 ? 40 : 30,
        during: [us(adds) + 0.5 * slower, us(adds) + 0.5 * slower],
        stop: 9,
        after: [us(leaves) + slower, us(leaves) + slower],
      };
    };
    const rounds = [1, 2, 3].map((slower) => ({
      'no profiler': [0, 1].map((turn) => taken(slower, turn, 0, 0)),
      Routemeter: [0, 1].map((turn) => taken(slower, turn, 0.04, 0.01)),
    }));
    const data = { conditions: { profiles: 2, windows: 2, units: 10 }, rounds, missing: {} };
    const { subjects } = summaryOf({ profilers: { ...result({}), part: 'profilers', data } }).profilers;
    expect(subjects['no profiler'].whilePercent).toEqual([0, 0, 0]);
    const { withoutUs, whilePercent, leftPercent, firstMs, startMs, stopMs } = subjects.Routemeter;
    expect(withoutUs[0]).toBeGreaterThan(100);
    expect(withoutUs[0]).toBeLessThan(104);
    expect(whilePercent[0]).toBeGreaterThan(2.9);
    expect(whilePercent[0]).toBeLessThan(3.6);
    expect(leftPercent[0]).toBeGreaterThan(0.9);
    expect(leftPercent[0]).toBeLessThan(1.1);
    expect([firstMs[0], startMs[0], stopMs[0]]).toEqual([40, 30, 9]);
  });

  it('adds rounds of the same conditions alone', () => {
    const other = round([1, 2, 3, 4]);
    other.machine = { ...machine, node: 'v20.0.0' };
    expect(() => appended(round([1, 2, 3, 4]), other)).toThrow('node was v24.0.0 and is v20.0.0');
    expect(appended(undefined, other)).toBe(other);
  });

  it('judges growth by a line', () => {
    const points = (cost: (x: number) => number) =>
      [1, 10, 100].map((x) => ({ x, addedUs: [cost(x)], bytes: [5] }));
    const kinds = { cost: 'flat', memory: 'flat' };
    expect(
      judged(
        points(() => 3),
        kinds,
      ).cost,
    ).toMatchObject({ is: 'flat', slope: 0 });
    expect(
      judged(
        points((x) => 2 + 0.5 * x),
        kinds,
      ).cost,
    ).toMatchObject({ is: 'linear', r2: 1 });
    expect(
      judged(
        points((x) => (x === 10 ? 90 : x)),
        kinds,
      ).cost.is,
    ).toBe('neither');
  });

  it('knows medians, lines and turns', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(fit([0, 1, 2], [1, 3, 5])).toEqual({ slope: 2, intercept: 1, r2: 1 });
    expect(rotated(['a', 'b', 'c'], 4)).toEqual(['b', 'c', 'a']);
  });

  it('leaves out rounds that do not fit into the time', () => {
    let at = 0;
    const within = budget(25, () => at);
    const fits = [0, 10, 20, 30].map((time) => {
      at = time;
      return within();
    });
    expect(fits).toEqual([true, true, false, false]);
  });
});
