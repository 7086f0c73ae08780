import { describe, expect, it } from 'vitest';
import { rateShift, shiftOf, shiftText } from '../../src/page/model/compare.ts';
import { random } from '../helpers.ts';
import { rowOf } from './rows.ts';

/** A row as the server would make it from these samples. */
function measured(samples: number[]) {
  const sorted = [...samples].sort((x, y) => x - y);
  const at = (q: number) => sorted[Math.floor(q * (sorted.length - 1))]!;
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const wall = { mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), within: 0.01 };
  return rowOf('GET /x', samples.length / 60, [1, 0, 0, 1], { wall, count: samples.length });
}

function lognormal(count: number, scale: number, next: () => number): number[] {
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    return scale * Math.exp(0.5 * normal);
  });
}

describe('what is noise and what is not', () => {
  it.each(['p50', 'p95'] as const)('calls two draws from the same distribution noise: %s', (quantile) => {
    const next = random(7);
    let alarms = 0;
    for (let i = 0; i < 300; i += 1) {
      const shift = shiftOf(measured(lognormal(500, 20, next)), measured(lognormal(500, 20, next)), quantile);
      if (!shift!.noise) alarms += 1;
    }
    // 1 % of 300 is 3; the estimate of the density has an error of its own.
    expect(alarms).toBeLessThan(12);
  });

  it.each(['p50', 'p95'] as const)('sees a change of a half among a thousand requests: %s', (quantile) => {
    const next = random(11);
    let seen = 0;
    for (let i = 0; i < 100; i += 1) {
      const shift = shiftOf(
        measured(lognormal(1000, 20, next)),
        measured(lognormal(1000, 30, next)),
        quantile,
      )!;
      if (!shift.noise && shift.change > 0) seen += 1;
    }
    expect(seen).toBeGreaterThan(90);
  });

  it('says nothing from a handful of requests', () => {
    const few = (ms: number) => measured([ms, ms * 1.1, ms * 1.2]);
    expect(shiftOf(few(10), few(40), 'p95')!.noise).toBe(true);
  });

  it('has nothing to say about a route that was not there', () => {
    expect(shiftOf(undefined, measured([1, 2, 3]), 'p50')).toBeNull();
  });

  it('takes the number of requests as a Poisson count', () => {
    const of = (count: number) => rowOf('GET /x', count / 60, [1, 0, 0, 1], { count });
    expect(rateShift(of(100), of(110))!.noise).toBe(true);
    expect(rateShift(of(10_000), of(11_000))!.noise).toBe(false);
  });
});

it('reads as a person would write it', () => {
  expect(shiftText({ change: 0.254, noise: false })).toBe('+25 %');
  expect(shiftText({ change: -0.5, noise: false })).toBe('−50 %');
  expect(shiftText({ change: 11, noise: false })).toBe('×12');
  expect(shiftText({ change: 0.5, noise: true })).toBe('≈');
});
