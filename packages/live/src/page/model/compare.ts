import type { RouteRow, Spread } from '../api/types.ts';

/** A moment that was pinned: every route as it was then. */
export interface Baseline {
  at: number;
  /** Seconds its numbers are over. */
  window: number;
  /** The tag that its requests carried, as `key:value`; none for all. */
  tag?: string;
  rows: RouteRow[];
}

export interface Shift {
  /** Relative change: 0.25 is a quarter slower. */
  change: number;
  /** Whether chance alone could do it. */
  noise: boolean;
}

/** 99 %, so that with a table full of routes hardly one is called different by chance. */
const Z = 2.58;
/** Below this a difference is nothing to anybody; and below what two percentiles can be off, buckets alone make it. */
const LEAST = 0.03;
const least = (before: Spread, after: Spread) => Math.max(LEAST, (before.within ?? 0) + (after.within ?? 0));
/** Fewer requests say nothing of a percentile. */
const LEAST_COUNT = 20;

export type Quantile = 'p50' | 'p95' | 'p99';
const Q: Record<Quantile, number> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/**
 * Standard error of a percentile from what a row knows: sqrt(q(1-q)/n) by the density there, and
 * the density from the distance to its neighbours. The flatter side counts, to be on the safe one.
 */
export function standardError(spread: Spread, quantile: Quantile, count: number): number {
  const q = Q[quantile];
  const slopes = {
    p50: [(spread.p95 - spread.p50) / 0.45],
    p95: [(spread.p99 - spread.p95) / 0.04, (spread.p95 - spread.p50) / 0.45],
    p99: [(spread.max - spread.p99) / 0.01, (spread.p99 - spread.p95) / 0.04],
  }[quantile];
  return Math.sqrt((q * (1 - q)) / count) * Math.max(...slopes);
}

/** How a percentile of a route changed, or null when one side cannot say. */
export function shiftOf(before: RouteRow | undefined, after: RouteRow, quantile: Quantile): Shift | null {
  if (!before || !(before.wall[quantile] > 0) || after.count === 0) return null;
  const difference = after.wall[quantile] - before.wall[quantile];
  const change = difference / before.wall[quantile];
  // The extreme percentiles of few requests are single requests.
  const tail = Math.min(before.count, after.count) * (1 - Q[quantile]);
  const few = Math.min(before.count, after.count) < LEAST_COUNT || tail < 3;
  const error = Math.hypot(
    standardError(before.wall, quantile, before.count),
    standardError(after.wall, quantile, after.count),
  );
  return {
    change,
    noise: few || Math.abs(change) < least(before.wall, after.wall) || Math.abs(difference) < Z * error,
  };
}

/** How the rate of requests changed; their number is a Poisson count. */
export function rateShift(before: RouteRow | undefined, after: RouteRow): Shift | null {
  if (!before || !(before.rate > 0) || after.rate === 0 || after.count === 0) return null;
  const difference = after.rate - before.rate;
  const error = Math.hypot(before.rate / Math.sqrt(before.count), after.rate / Math.sqrt(after.count));
  const change = difference / before.rate;
  return { change, noise: Math.abs(change) < LEAST || Math.abs(difference) < Z * error };
}

/** A shift as the table shows it: `+25 %`, and `≈` where chance could do it. */
export function shiftText({ change, noise }: Shift): string {
  if (noise) return '≈';
  if (change >= 9.995) return `×${Math.round(1 + change)}`;
  const percent = Math.round(Math.abs(change) * 100);
  return `${change < 0 ? '−' : '+'}${percent} %`;
}
