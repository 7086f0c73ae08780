import { expect, test } from 'vitest';
import { differencesOf } from '../../src/routes/different.ts';
import type { Times } from '../../src/routes/row.ts';
import { random } from '../helpers.ts';

type Row = Parameters<typeof differencesOf>[0][number];

function times(p95: number, within = 0.01): Times {
  return { mean: p95 / 2, p50: p95 / 2, p95, p99: p95 * 1.5, max: p95 * 2, within };
}

function row(p95: number, more: Partial<Row> = {}): Row {
  return { count: 1000, rate: 10, errors: 0, wall: times(p95), cpu: null, ...more };
}

const measures = (rows: readonly Row[]) =>
  differencesOf(rows).map((list) => list.map(({ measure }) => measure));

test('a host is held against the median of the others, which one odd host does not move', () => {
  const [slow, ...rest] = differencesOf([row(300), row(100), row(101), row(99), row(100)]);
  expect(slow).toEqual([
    { measure: 'p95', value: 300, others: 100, times: 3 },
    { measure: 'p50', value: 150, others: 50, times: 3 },
  ]);
  expect(rest.flat()).toEqual([]);
});

test('a faster host differs as much as a slower one', () => {
  expect(measures([row(30), row(100), row(101), row(99)])[0]).toEqual(['p95', 'p50']);
});

test('of two hosts none is the odd one, of three one can be', () => {
  expect(measures([row(100), row(900)])).toEqual([[], []]);
  expect(measures([row(100), row(101), row(900)])).toEqual([[], [], ['p95', 'p50']]);
});

test('hosts that all differ among themselves are not called different', () => {
  expect(measures([row(100), row(160), row(240), row(60), row(320)]).flat()).toEqual([]);
});

test('what nobody would care for is no difference: half as much again is the least, and a millisecond', () => {
  expect(measures([row(140), row(100), row(100), row(100)]).flat()).toEqual([]);
  expect(measures([row(160), row(100), row(100), row(100)])[0]).toEqual(['p95', 'p50']);
  expect(measures([row(1.9), row(1), row(1), row(1)]).flat()).toEqual([]);
});

test('few requests say nothing: sixty for a p95, twenty for the rest', () => {
  const others = [row(100), row(100), row(100)];
  expect(measures([row(900, { count: 59, rate: 10 }), ...others])[0]).toEqual(['p50']);
  expect(measures([row(900, { count: 19, rate: 10 }), ...others])[0]).toEqual([]);
});

test('buckets wider than the difference say nothing', () => {
  const wide = (p95: number) => row(p95, { wall: times(p95, 0.5) });
  expect(measures([wide(160), wide(100), wide(100), wide(100)]).flat()).toEqual([]);
});

test('a share of errors is held against chance', () => {
  const failing = (errors: number, count = 1000) => row(100, { errors, count });
  expect(measures([failing(100), failing(10), failing(11), failing(9)])[0]).toEqual(['errors']);
  // Two of thirty where others have one of thirty.
  expect(measures([failing(2, 30), failing(1, 30), failing(1, 30), failing(1, 30)]).flat()).toEqual([]);
});

test('where the others have none at all there is no number of times', () => {
  const [odd] = differencesOf([row(100, { errors: 200 }), row(100), row(100), row(100)]);
  expect(odd).toEqual([{ measure: 'errors', value: 0.2, others: 0, times: null }]);
});

test('a host that gets no requests any more is told by its rate', () => {
  const silent = row(0, { count: 0, rate: 0, wall: { ...times(0), p95: null, p50: null } });
  expect(measures([silent, row(100), row(100), row(100)])[0]).toEqual(['rate']);
});

test('CPU is compared where it was sent', () => {
  const burning = (mean: number) => row(100, { cpu: { ...times(0), mean } });
  expect(measures([burning(20), burning(5), burning(5), burning(5)])[0]).toEqual(['cpu']);
  expect(measures([burning(20), row(100), row(100), row(100)]).flat()).toEqual([]);
});

test('of forty hosts that differ by chance alone, hardly one table in ten has one called different', () => {
  const next = random(11);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  let called = 0;
  const runs = 200;
  for (let run = 0; run < runs; run++) {
    const rows = Array.from({ length: 40 }, () => {
      const count = Math.max(1, Math.round(400 + 20 * normal()));
      const errors = Array.from({ length: count }, next).filter((value) => value < 0.02).length;
      return row(100 * Math.exp(0.15 * normal()), { count, rate: count / 60, errors });
    });
    called += differencesOf(rows).filter((list) => list.length > 0).length;
  }
  expect(called / (runs * 40)).toBeLessThan(0.005);
});
