import { expect } from 'vitest';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { MemoryStore } from '../../src/store/memory/memory.ts';
import { exact, FakeClock, random } from '../helpers.ts';

const SAMPLES = size(1_000_000, 10_000_000);
/** Three times as long as single seconds are kept. */
const SECONDS = 900;
const PROMISE = 0.01;

const next = random(11);
const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
/** One for each series. */
const SHAPES: Record<string, () => number> = {
  uniform: () => next() * 1000,
  lognormal: () => Math.exp(normal() * 1.5 + 2),
  bimodal: () => (next() < 0.7 ? 5 + normal() * 0.5 : 400 + 30 * normal()),
  pareto: () => 0.2 / (1 - next()) ** (1 / 1.2),
  mixed: () => (next() < 0.2 ? 0 : normal() * 50),
  steps: () => Math.ceil(next() * 8) * 12.5,
};

scenario('quantiles', [300, 300], async () => {
  const clock = new FakeClock(1_700_000_000_000);
  const store = new MemoryStore({ clock: clock.now });
  const shapes = Object.keys(SHAPES);
  const ids = shapes.map((shape) =>
    store.open({ name: 'm', type: 'distribution', tags: [['shape', shape]] }),
  );
  const each = Math.ceil(SAMPLES / SECONDS / shapes.length);
  const samples = shapes.map(() => new Float64Array(each * SECONDS));
  const sent = new Float64Array(each);
  const first = clock.ms / 1000;
  for (let second = 0; second < SECONDS; second++) {
    for (const [i, shape] of shapes.entries()) {
      const draw = SHAPES[shape]!;
      for (let n = 0; n < each; n++) {
        const value = draw();
        samples[i]![second * each + n] = value;
        // As it comes over the wire: with five digits.
        sent[n] = Number(value.toPrecision(5));
      }
      store.add(ids[i]!, sent, each, 1);
    }
    clock.advance(1);
    store.tick();
  }

  const quantiles = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1];
  for (let i = 0; i < 7; i++) quantiles.push(next());
  const sorted = (series: number[], from: number, to: number) => {
    const parts = series.map((i) => samples[i]!.subarray(from * each, to * each));
    const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all.sort();
  };

  // In seconds since the first: all, tens alone, both widths, and single seconds alone, at any edge.
  const windows: [from: number, to: number][] = [[0, SECONDS]];
  const pick = (from: number, to: number, grain: number) =>
    from + Math.floor((next() * (to - from)) / grain) * grain;
  for (let i = 0; i < 4; i++) {
    const tens = pick(0, 500, 10);
    windows.push([tens, pick(tens + 100, 600, 10)], [tens, pick(640, SECONDS, 1)]);
    const seconds = pick(SECONDS - 300, SECONDS - 10, 1);
    windows.push([seconds, pick(seconds + 10, SECONDS, 1)]);
  }
  let worst = 0;
  for (const [from, to] of windows) {
    const range = { from: (first + from) * 1000, to: (first + to) * 1000 - 1 };
    const query = { names: ['m'], ...range, quantiles };
    const [merged] = await store.summary({ ...query, by: [] });
    const apart = await store.summary({ ...query, by: ['shape'] });
    expect(apart.map(({ tags }) => tags.shape)).toEqual(shapes);
    const everything = [...shapes.keys()];
    for (const [summary, series] of [
      [merged!, everything] as const,
      ...apart.map((one, i) => [one, [i]] as const),
    ]) {
      const right = sorted([...series], from, to);
      expect(summary.count, `${from} to ${to}`).toBe(right.length);
      for (const [i, q] of quantiles.entries()) {
        const wanted = exact(right, q);
        const error = Math.abs(summary.quantiles[i]! - wanted) / Math.max(Math.abs(wanted), 1e-9);
        worst = Math.max(worst, error);
        expect(error, `p${q * 100} of ${series} from ${from} to ${to}`).toBeLessThanOrEqual(PROMISE);
      }
    }
  }
  return {
    tried: `${samples.length * each * SECONDS} samples, ${windows.length} windows, ${quantiles.length} quantiles`,
    saw: `each at most ${(worst * 100).toFixed(2)} % off (promised: 1 %)`,
    lost: 'nothing',
  };
});
