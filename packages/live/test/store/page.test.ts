import { describe, expect, it } from 'vitest';
import { Buckets } from '../../src/store/memory/buckets.ts';
import { Cell, GAUGE, type Shape, SKETCH, SUM } from '../../src/store/memory/cell.ts';
import { decimalsOf } from '../../src/store/memory/decimal.ts';
import { PageWriter } from '../../src/store/memory/page.ts';
import { Places } from '../../src/store/memory/places.ts';
import { random } from '../helpers.ts';

const START = 1_700_000_000;
/** Of three series: their places, and where their neighbours begin. */
const INDEX_BYTES = 3 * 2 + 4;

/** All that a cell knows. */
function known(cell: Cell) {
  // Of a sum nobody asks for its last value.
  const { count, sum, min, max, down, low, high } = cell;
  const bins: number[] = [];
  for (let key = low; key <= high; key++) bins.push(cell.weightOf(key));
  const values = cell.shape === SUM ? {} : { min, max, last: cell.last, lastAt: cell.lastAt };
  return { count, sum, ...values, down, low, high, bins };
}

function through(shape: Shape, samples: readonly (readonly [value: number, weight: number])[]) {
  const cell = new Cell(shape);
  for (const [value, weight] of samples) cell.addAll(Float64Array.of(value), 1, weight, START);
  const writer = new PageWriter();
  writer.begin(3, START, 1);
  writer.write(2, cell);
  const page = writer.finish();
  const read = new Cell(shape);
  page.mergeInto(2, read, true);
  return { written: known(cell), read: known(read), bytes: page.byteLength - INDEX_BYTES };
}

describe('a page', () => {
  const next = random(11);
  const decimals = (digits: number) => Number((next() * 10 ** (next() * 6 - 2)).toFixed(digits));
  it.each<[string, () => number]>([
    ['whole numbers', () => Math.floor(next() * 2000) - 500],
    ['one decimal', () => decimals(1)],
    ['three decimals', () => decimals(3)],
    ['six decimals', () => decimals(6)],
    ['five significant digits', () => Number((next() * 10 ** (next() * 12 - 6)).toPrecision(5))],
    ['all bits', () => (next() - 0.3) * 10 ** (next() * 24 - 8)],
    ['numbers beyond all decimals', () => Math.floor(next() * 2 ** 53) * 2 ** Math.floor(next() * 100)],
    ['one value again and again', () => 1.1],
  ])('gives back to the last bit: %s', (_, value) => {
    for (const shape of [SUM, GAUGE, SKETCH] as const) {
      for (let size = 1; size < 60; size = size * 2 + 1) {
        for (const weight of [1, 10, 0.25]) {
          const samples = Array.from({ length: size }, () => [value(), weight] as const);
          const { written, read } = through(shape, samples);
          expect(read).toEqual(written);
        }
      }
    }
  });

  it('keeps what is no number, and what is beyond all numbers', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE]) {
      for (const samples of [[value], [1.5, value]]) {
        const { written, read } = through(
          SUM,
          samples.map((one) => [one, 1]),
        );
        expect(read).toMatchObject({ count: written.count, sum: written.sum, down: written.down });
      }
    }
  });

  it('takes four bytes for a sample as it is sent, and three for each of ten', () => {
    const one = () => [Number((next() * 100).toFixed(3)), 1] as const;
    for (let i = 0; i < 100; i++) {
      expect(through(SKETCH, [one()]).bytes).toBeLessThanOrEqual(4);
      expect(through(SKETCH, Array.from({ length: 10 }, one)).bytes).toBeLessThanOrEqual(38);
    }
  });
});

describe('places', () => {
  it.each([
    ['in order, and near', 300, 40],
    ['in order, and far apart', 300, 40_000],
    ['of few series', 1, 10],
  ])('are found again: %s', (_, series, apart) => {
    const next = random(2);
    const starts = new Int32Array(series);
    for (let id = 0; id < series; id++) if (id === 0 || next() < 0.7) starts[id] = 1 + id * apart;
    const places = new Places(starts);
    const all = Array.from({ length: series }, (_, id) => places.startOf(id));
    expect(all).toEqual(Array.from(starts, (start) => start - 1));
    expect(places.byteLength).toBe(series * (apart > 1000 ? 4 : 2) + Math.ceil(series / 64) * 4);
    places.forget(0);
    expect([places.startOf(0), places.startOf(series)]).toEqual([-1, -1]);
  });

  it('may lie in any order', () => {
    const starts = Int32Array.from({ length: 200 }, (_, id) => 1 + ((id * 7919) % 200) * 12);
    const places = new Places(starts);
    for (const [id, start] of starts.entries()) expect(places.startOf(id)).toBe(start - 1);
  });
});

describe('the decimals of a number', () => {
  it('are the fewest with which it is exact', () => {
    expect([0, 7, 1.5, 12.346, 0.000001, -3.25].map((value) => decimalsOf(value, 0))).toEqual([
      0, 0, 1, 3, 6, 2,
    ]);
    expect([0.0000001, Math.PI, 1e300, Number.NaN].map((value) => decimalsOf(value, 0))).toEqual([
      -1, -1, -1, -1,
    ]);
    expect(decimalsOf(7, 4)).toBe(4);
  });
});

describe('cumulative buckets', () => {
  it('widen when a count is no whole number or too large, and when a bucket is far off', () => {
    const buckets = new Buckets(100);
    const right = new Map<number, number>();
    const next = random(4);
    const add = (key: number, weight: number) => {
      buckets.add(key, weight);
      right.set(key, (right.get(key) ?? 0) + weight);
      const sorted = [...right].sort(([a], [b]) => a - b);
      expect([...buckets.keys.subarray(0, buckets.size)]).toEqual(sorted.map(([key]) => key));
      expect([...buckets.counts.subarray(0, buckets.size)]).toEqual(sorted.map(([, count]) => count));
    };
    for (let i = 0; i < 200; i++) add(Math.floor(next() * 20) - 10, 1);
    expect([buckets.keys.BYTES_PER_ELEMENT, buckets.counts.BYTES_PER_ELEMENT]).toEqual([2, 2]);
    add(3, 2 ** 16);
    expect(buckets.counts.BYTES_PER_ELEMENT).toBe(4);
    add(3, 2 ** 32 - 1);
    expect(buckets.counts.BYTES_PER_ELEMENT).toBe(8);
    add(-40_000, 1);
    expect(buckets.keys.BYTES_PER_ELEMENT).toBe(4);
    add(4, 0.5);
    for (let i = 0; i < 50; i++) add(Math.floor(next() * 80) - 40, 1.25);
    expect(buckets.size).toBeGreaterThan(50);
  });

  it('of fractions widen at the first of them', () => {
    const buckets = new Buckets(10);
    buckets.add(1, 0.25);
    buckets.add(1, 0.5);
    expect(buckets.counts[0]).toBe(0.75);
  });
});
