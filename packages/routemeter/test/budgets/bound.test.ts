import { describe, expect, test } from 'vitest';
import { binomialAtMost, lowerMean, lowerRank, lowerShare, samplesNeeded } from '../../src/budgets/index.ts';

/** P(X <= k) by adding exact terms; good enough for small n. */
function summed(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1)) + Math.log(p / (1 - p));
  }
  return sum;
}

describe('bounds from order statistics', () => {
  test('the binomial distribution agrees with the sum of its terms', () => {
    for (const n of [1, 2, 7, 50, 300]) {
      for (const p of [0.001, 0.05, 0.5, 0.95, 0.99]) {
        for (let k = -1; k <= n; k += Math.max(1, Math.floor(n / 13))) {
          const sum = k < 0 ? 0 : summed(k, n, p);
          expect(binomialAtMost(k, n, p)).toBeCloseTo(Math.min(1, sum), 9);
        }
      }
    }
  });

  test('the rank is the highest that the confidence allows', () => {
    for (const n of [1, 20, 100, 4000, 1_000_000]) {
      for (const q of [0.5, 0.95, 0.99]) {
        const rank = lowerRank(n, q, 0.999);
        if (rank > 0) expect(binomialAtMost(rank - 1, n, q)).toBeLessThanOrEqual(0.001);
        expect(binomialAtMost(rank, n, q)).toBeGreaterThan(0.001);
        expect(rank).toBeLessThan(q * n + 1);
      }
    }
  });

  test('one sample bounds a median only as well as a coin', () => {
    expect(lowerRank(1, 0.5, 0.49)).toBe(1);
    expect(lowerRank(1, 0.5, 0.51)).toBe(0);
    expect(lowerRank(10, 0.5, 1 - 2 ** -9.9)).toBe(1);
  });

  test('the least share of errors is where the failures seen become improbable', () => {
    expect(lowerShare(0, 100, 0.999)).toBe(0);
    expect(lowerShare(3, 3, 0.999)).toBeCloseTo(0.1, 6);
    const least = lowerShare(30, 200, 0.999);
    expect(1 - binomialAtMost(29, 200, least)).toBeCloseTo(0.001, 8);
  });

  test('the sample size that is asked for has the power it promises', () => {
    const n = samplesNeeded(0.95, 0.15, 0.999);
    expect(binomialAtMost(lowerRank(n, 0.95, 0.999) - 1, n, 0.85)).toBeGreaterThanOrEqual(0.999);
    expect(samplesNeeded(0.95, 0.3, 0.999)).toBeLessThan(n);
    expect(samplesNeeded(0.95, 0.05, 0.999)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the bound of a mean', () => {
  test('is below the mean of the sample, and comes near it with more of it', () => {
    let before = 0;
    for (const n of [10, 100, 1000, 100_000]) {
      const bound = lowerMean(4, 37, n, 0.999);
      expect(bound).toBeGreaterThan(before);
      expect(bound).toBeLessThan(4);
      before = bound;
    }
    expect(before).toBeGreaterThan(3.8);
    expect([lowerMean(0, 5, 100, 0.99), lowerMean(1, 5, 0, 0.99)]).toEqual([0, 0]);
  });

  test('what is the same in every request is proven by few of them', () => {
    expect(lowerMean(37, 37, 100, 0.999)).toBeCloseTo(37 * 0.001 ** (1 / 100), 6);
  });

  test('is above the mean of the population no more often than it says', () => {
    // Calls of a request: 30 in every tenth, else 1: the mean is 3.9.
    let seed = 1;
    const next = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed / 0x7fffffff;
    };
    let wrong = 0;
    const runs = 2000;
    for (let run = 0; run < runs; run++) {
      const sample = Array.from({ length: 200 }, () => (next() < 0.1 ? 30 : 1));
      const mean = sample.reduce((sum, one) => sum + one, 0) / sample.length;
      if (lowerMean(mean, Math.max(...sample), sample.length, 0.99) > 3.9) wrong++;
    }
    expect(wrong / runs).toBeLessThan(0.01);
  });
});
