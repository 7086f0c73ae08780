import { DDSketch } from '@datadog/sketches-js';
import { describe, expect, it } from 'vitest';
import { Cell, SET, SKETCH } from '../../src/store/memory/cell.ts';
import { ACCURACY, binValue, keyOf, MAX_KEY } from '../../src/store/memory/mapping.ts';
import { MemoryStore } from '../../src/store/memory/memory.ts';
import { exact, FakeClock, pipeline, random } from '../helpers.ts';
import { readerContract, recorderContract, type StoreOptions } from './contract.ts';

const create = ({ clock, ...options }: StoreOptions) => new MemoryStore({ ...options, clock: clock.now });
readerContract(
  'memory',
  (options) => {
    const store = create(options);
    return { recorder: store, reader: store, settle: async () => {} };
  },
  { slot: 1, error: 0.01, start: 1_700_000_000_000, unknown: {} },
);
recorderContract('memory', create);

describe('the mapping', () => {
  it('keeps every value within its accuracy, in order', () => {
    const next = random(3);
    let before = Number.NEGATIVE_INFINITY;
    const values = Array.from({ length: 20_000 }, () => (next() - 0.5) * 10 ** (next() * 24 - 8));
    for (const value of values.sort((a, b) => a - b)) {
      const key = keyOf(value);
      expect(key).toBeGreaterThanOrEqual(before);
      before = key;
      if (Math.abs(value) < 1e-9) expect(key).toBe(0);
      else expect(Math.abs(binValue(key) / value - 1)).toBeLessThan(ACCURACY * 1.000001);
    }
  });

  it('has an end on both sides', () => {
    expect(keyOf(1e300)).toBe(MAX_KEY);
    expect(keyOf(-1e300)).toBe(-MAX_KEY);
    expect(keyOf(1e-300)).toBe(0);
    expect(MAX_KEY).toBeLessThan(32_768);
  });
});

describe('a cell', () => {
  it('agrees with the reference implementation of the sketch', () => {
    const next = random(5);
    const cell = new Cell(SKETCH);
    const reference = new DDSketch({ relativeAccuracy: ACCURACY });
    for (let i = 0; i < 50_000; i++) {
      const value = Math.exp(next() * 12 - 4);
      cell.addAll(Float64Array.of(value), 1, 1);
      reference.accept(value);
    }
    for (const q of [0.01, 0.5, 0.95, 0.99, 0.999]) {
      expect(cell.quantile(q)! / reference.getValueAtQuantile(q)).toBeCloseTo(1, 6);
    }
  });

  it('counts the members of a set exactly up to 1024, and within 2 % beyond', () => {
    for (const size of [1, 1024, 1025, 1800, 5000, 40_000, 100_000, 1_000_000]) {
      const taken = { bytes: 0 };
      const [cell, half, other] = [new Cell(SET, taken), new Cell(SET), new Cell(SET)];
      for (let i = 0; i < size; i++) {
        cell.addAll(Float64Array.of(i), 1, 1);
        (i % 2 === 0 ? half : other).addAll(Float64Array.of(i), 1, 1);
      }
      half.merge(other);
      // Whatever was sketched before and after the merge, it is the same sketch.
      expect(half.members!.size).toBe(cell.members!.size);
      if (size <= 1024) expect(cell.members!.size).toBe(size);
      else expect(Math.abs(cell.members!.size / size - 1)).toBeLessThan(0.02);
      expect(taken.bytes).toBeLessThanOrEqual(1024 * 48);
      cell.clear();
      expect(taken.bytes).toBe(0);
    }
  });
});

describe('memory', () => {
  it('is bounded in bytes: the oldest slots leave before the retention is over', async () => {
    const clock = new FakeClock();
    const maxBytes = 200_000;
    const store = new MemoryStore({ clock: clock.now, maxBytes });
    const ids = Array.from({ length: 100 }, (_, i) =>
      store.open({ name: `m${i}`, type: 'distribution', tags: [] }),
    );
    const values = Float64Array.from({ length: 20 }, (_, i) => 1.5 ** i);
    for (let second = 0; second < 600; second++) {
      for (const id of ids) store.add(id, values, values.length, 1);
      clock.advance(1);
      store.tick();
      expect(store.stats().bytes).toBeLessThanOrEqual(maxBytes);
    }
    const from = clock.ms - 10_000;
    const [m] = await store.summary({ names: ['m0'], by: [], from, to: clock.ms, quantiles: [] });
    expect(m!.count).toBeGreaterThan(100);
  });

  it('is bounded within a second too, against values all over the scale and sets, and nothing is lost', async () => {
    const clock = new FakeClock();
    const maxOpenBytes = 1024 * 1024;
    const store = new MemoryStore({ clock: clock.now, maxOpenBytes });
    const types = ['distribution', 'set'] as const;
    const ids = Array.from({ length: 400 }, (_, i) =>
      store.open({ name: types[i % 2]!, type: types[i % 2]!, tags: [['i', `${i}`]] }),
    );
    const next = random(21);
    const samples: number[] = [];
    let before = 0;
    let closedEarly = 0;
    for (let round = 0; round < 60; round++) {
      for (const [i, id] of ids.entries()) {
        const value = (next() - 0.3) * 10 ** (next() * 26 - 9);
        store.add(id, Float64Array.of(value), 1, 1);
        if (i % 2 === 0) samples.push(value);
        const { openBytes } = store.stats();
        if (openBytes < before) closedEarly++;
        before = openBytes;
        expect(openBytes).toBeLessThanOrEqual(maxOpenBytes);
      }
    }
    expect(closedEarly).toBeGreaterThan(3);
    const sorted = Float64Array.from(samples).sort();
    for (const seconds of [0, 1, 20]) {
      clock.advance(seconds);
      store.tick();
      const [all] = await store.summary({
        names: ['distribution'],
        by: [],
        from: clock.ms - 60_000,
        to: clock.ms,
        quantiles: [0.01, 0.3, 0.5, 0.9, 0.99],
      });
      expect(all!.count).toBe(samples.length);
      for (const [i, q] of [0.01, 0.3, 0.5, 0.9, 0.99].entries()) {
        const right = exact(sorted, q);
        expect(Math.abs(all!.quantiles[i]! - right)).toBeLessThanOrEqual(0.01 * Math.abs(right) + 1e-9);
      }
      const sets = await store.summary({
        names: ['set'],
        by: ['i'],
        from: clock.ms - 60_000,
        to: clock.ms,
        quantiles: [],
      });
      expect(sets.map(({ sum }) => sum)).toEqual(Array<number>(200).fill(60));
    }
    expect([...store.totals()].reduce((sum, one) => sum + one.count, 0)).toBe(400 * 60);
  });

  it('is bounded against names and tags as long as a datagram', async () => {
    const live = pipeline({ maxSeries: 500 });
    for (let i = 0; i < 3000; i++) {
      const long = `${i}${'x'.repeat(i % 3 === 0 ? 30_000 : 10)}`;
      live.feed(i % 2 === 0 ? `n${long}:1|c` : `m:1|c|#t${long}:${long}`);
    }
    // 500 series of 2 kB on average: about 17 of the long ones, then those that stand for the rest.
    const names = (await live.store.metrics()).map(({ name }) => name);
    const text = names.reduce((sum, name) => sum + name.length, 0);
    expect(text).toBeLessThan(500 * 2048 + 300 * 200);
    expect(live.store.stats().series).toBeLessThanOrEqual(500 + 256 + 6);
    const all = await live.store.summary({ names, by: [], from: 0, to: Date.now() + 1000, quantiles: [] });
    expect(all.reduce((sum, one) => sum + one.sum, 0)).toBe(3000);
  });

  it('is flat once the retention is full', () => {
    const clock = new FakeClock();
    const store = new MemoryStore({ clock: clock.now, retention: 600 });
    const ids = Array.from({ length: 50 }, (_, i) => store.open({ name: `m${i}`, type: 'timing', tags: [] }));
    const value = new Float64Array(3);
    const next = random(9);
    const sizes: number[] = [];
    for (let second = 0; second < 1800; second++) {
      for (const id of ids) {
        for (let i = 0; i < 3; i++) value[i] = next() * 100;
        store.add(id, value, 3, 1);
      }
      clock.advance(1);
      store.tick();
      if (second >= 620 && second % 100 === 20) sizes.push(store.stats().bytes);
    }
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.02);
  });
});
