import { DDSketch } from '@datadog/sketches-js';
import { describe, expect, it } from 'vitest';
import { Cell, MAX_MEMBERS, SET, SKETCH } from '../../src/store/memory/cell.ts';
import { ACCURACY, binValue, keyOf, MAX_KEY } from '../../src/store/memory/mapping.ts';
import { MemoryStore } from '../../src/store/memory/memory.ts';
import { FakeClock, random } from '../helpers.ts';
import { storeContract } from './contract.ts';

storeContract('memory', (options) => new MemoryStore(options));

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

  it('remembers so many members of a set and counts what it could not take', () => {
    const cell = new Cell(SET);
    for (let i = 0; i < MAX_MEMBERS + 10; i++) cell.addAll(Float64Array.of(i), 1, 1);
    expect(cell.members!.size).toBe(MAX_MEMBERS);
    expect(cell.folded).toBe(10);
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
