import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../../testkit/src/clock.ts';
import { createEngine } from '../../src/attribution/engine.ts';
import { CpuSampler } from '../../src/attribution/sampler.ts';
import { Work } from '../../src/attribution/work.ts';

/** A small generator with a seed (mulberry32), so that a failure can be looked at again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Requests of three kinds, one of them in step with every tenth. */
function workload(random: () => number): (i: number) => number {
  return (i) => {
    const spread = 0.5 + random();
    if (i % 10 === 3) return 20 * spread;
    return random() < 0.3 ? 6 * spread : 1.5 * spread;
  };
}

/** CPU in ms of each request that the engine measured. */
function measure(count: number, sampler: CpuSampler, seed: number): number[] {
  const time = virtualClock();
  const engine = createEngine(time);
  const cost = workload(seeded(seed));
  const measured: number[] = [];
  for (let i = 0; i < count; i++) {
    const work = new Work('request', null);
    engine.open(work, sampler.next());
    engine.run(work, time.burn, time, cost(i), undefined, undefined);
    engine.close(work);
    if (work.exact) measured.push(work.cpu);
    time.burn(0.1);
  }
  return measured.sort((a, b) => a - b);
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const percentile = (sorted: number[], p: number) => sorted[Math.ceil(sorted.length * p) - 1] as number;

describe('CpuSampler', () => {
  it.each([1, 2, 3])(
    'gives the figures of the full run from a tenth of 50 000 requests (seed %i)',
    (seed) => {
      const full = measure(50_000, new CpuSampler(1), seed);
      const tenth = measure(50_000, new CpuSampler(0.1, seeded(seed + 100)), seed);
      expect(full).toHaveLength(50_000);
      expect(Math.abs(percentile(tenth, 0.5) / percentile(full, 0.5) - 1)).toBeLessThan(0.05);
      expect(Math.abs(percentile(tenth, 0.95) / percentile(full, 0.95) - 1)).toBeLessThan(0.05);
      expect(Math.abs((sum(tenth) * 10) / sum(full) - 1)).toBeLessThan(0.05);
    },
  );

  it.each([0.9, 0.5, 0.3, 0.1, 0.07, 0.01])(
    'keeps the rate %d within one block, at any length',
    (fraction) => {
      const sampler = new CpuSampler(fraction, seeded(7));
      let chosen = 0;
      for (let i = 1; i <= 200_000; i++) {
        if (sampler.next()) chosen++;
        if (i % 9973 === 0) expect(Math.abs(chosen - i * fraction)).toBeLessThanOrEqual(33);
      }
    },
  );

  it('chooses all at 1 and none at 0', () => {
    const all = new CpuSampler(1);
    const none = new CpuSampler(0);
    for (let i = 0; i < 100; i++) {
      expect(all.next()).toBe(true);
      expect(none.next()).toBe(false);
    }
  });

  it('stays near the rate in the first requests of a process', () => {
    const sampler = new CpuSampler(0.1, seeded(11));
    let chosen = 0;
    for (let i = 0; i < 100; i++) if (sampler.next()) chosen++;
    expect(chosen).toBeGreaterThanOrEqual(3);
    expect(chosen).toBeLessThanOrEqual(17);
  });

  it('falls in step with no rhythm of the traffic', () => {
    for (const rhythm of [2, 10, 32, 80, 320]) {
      const sampler = new CpuSampler(0.1, seeded(rhythm));
      let heavy = 0;
      let chosen = 0;
      for (let i = 0; i < 200_000; i++) {
        if (!sampler.next()) continue;
        chosen++;
        if (i % rhythm === 0) heavy++;
      }
      expect(Math.abs((heavy / chosen) * rhythm - 1)).toBeLessThan(0.2);
    }
  });
});
