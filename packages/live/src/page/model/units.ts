import type { RouteRow, Unit } from '../api/types.ts';

export const UNIT_NAMES: Record<Unit, string> = {
  ms: 'milliseconds',
  s: 'seconds',
  us: 'microseconds',
  bytes: 'bytes',
  count: 'a number',
};

/** Fewer requests than this are an anecdote. */
const LEAST_COUNT = 10;
/** No server answers half of its requests within a tenth of a millisecond, over a network and through a framework. */
const TOO_QUICK_MS = 0.1;
/** Nor does anybody wait ten minutes for half of them. */
const TOO_SLOW_MS = 600_000;

/** The library itself counts in milliseconds, and can be as quick as that. */
const ours = (row: RouteRow) => row.cpu !== null || /(^|\.)http\.server\.request$/.test(row.metric);

/** What the values of a route may be, where they cannot be milliseconds; null where they can. */
export function doubtOf(row: RouteRow): Exclude<Unit, 'ms' | 'bytes' | 'count'> | null {
  if (row.count < LEAST_COUNT || ours(row)) return null;
  const { p50 } = row.wall;
  // Clocks of whole milliseconds say 0 for what is quick.
  if (p50 > 0 && p50 < TOO_QUICK_MS) return 's';
  return p50 > TOO_SLOW_MS ? 'us' : null;
}

/** The first row that cannot be milliseconds, whose metric nobody has answered for. */
export function firstDoubt(rows: readonly RouteRow[], answered: ReadonlySet<string>): RouteRow | null {
  return rows.find((row) => !answered.has(row.metric) && doubtOf(row) !== null) ?? null;
}
