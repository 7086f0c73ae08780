import type { RouteRow } from './row.ts';

/** Something in which a host is not like the others. */
export interface Difference {
  measure: Measure;
  value: number;
  /** The median of the other hosts. */
  others: number;
  /** How many times theirs; null where theirs is nothing. */
  times: number | null;
}

export type Measure = 'p95' | 'p50' | 'errors' | 'cpu' | 'rate';

type Row = Pick<RouteRow, 'count' | 'rate' | 'errors' | 'wall' | 'cpu'>;

interface Rule {
  measure: Measure;
  /** Requests that a host needs for it to say anything. */
  least: number;
  of(row: Row): number | null;
  /** What makes no difference to anybody, in the measure's own unit. */
  nothing: number;
  /** How many times the others', or what part of theirs, is worth a word. */
  ratio: number;
  /** What chance, and the width of buckets, alone would do, as a standard deviation. */
  noise(value: number, row: Row): number;
}

/** A p95 of fewer requests stands on less than three of them. */
const LEAST_TAIL = 60;
const LEAST = 20;

const within = (value: number, { wall }: Row) => (value * (wall.within ?? 0)) / 2;

const RULES: readonly Rule[] = [
  { measure: 'p95', least: LEAST_TAIL, of: ({ wall }) => wall.p95, nothing: 1, ratio: 1.5, noise: within },
  { measure: 'p50', least: LEAST, of: ({ wall }) => wall.p50, nothing: 1, ratio: 1.5, noise: within },
  {
    measure: 'errors',
    least: LEAST,
    of: ({ errors, count }) => errors / count,
    nothing: 0.01,
    ratio: 1.5,
    noise: (share, { count }) => Math.sqrt((Math.max(share, 1 / count) * (1 - share)) / count),
  },
  {
    measure: 'cpu',
    least: LEAST,
    of: ({ cpu }) => cpu?.mean ?? null,
    nothing: 0.5,
    ratio: 1.5,
    noise: () => 0,
  },
  {
    measure: 'rate',
    least: 0,
    of: ({ rate }) => rate,
    nothing: 0.1,
    ratio: 2,
    // Requests that come by chance are a Poisson count.
    noise: (rate, { count }) => (count > 0 ? rate / Math.sqrt(count) : 0),
  },
];

/** Two hosts differ from each other, but which of them is the odd one cannot be told. */
const LEAST_HOSTS = 3;
/** So many standard deviations: with dozens of hosts, hardly one is called different by chance. */
const Z = 3.5;
/** What makes a median absolute deviation a standard deviation where values are normal. */
const MAD = 1.4826;

/**
 * Holds each host against the median of all others (Hampel's rule: median and median absolute deviation,
 * which one odd host cannot move). It differs where it is further from it than 3.5 times what the others
 * differ among themselves, than chance would do, and by as much as somebody would care for.
 */
export function differencesOf(rows: readonly Row[]): Difference[][] {
  const found = rows.map((): Difference[] => []);
  for (const rule of RULES) {
    const known = rows.flatMap((row, i) => {
      const value = row.count >= rule.least ? rule.of(row) : null;
      return value === null || !Number.isFinite(value) ? [] : [{ i, row, value }];
    });
    if (known.length < LEAST_HOSTS) continue;
    for (const one of known) {
      const rest = known.filter((other) => other !== one);
      const others = median(rest.map(({ value }) => value));
      const spread = MAD * median(rest.map(({ value }) => Math.abs(value - others)));
      const distance = Math.abs(one.value - others);
      const noise = Math.hypot(spread, rule.noise(others, one.row), rule.noise(one.value, one.row));
      if (distance <= rule.nothing || distance <= Z * noise || !isFar(one.value, others, rule.ratio))
        continue;
      const times = others > 0 ? one.value / others : null;
      found[one.i]!.push({ measure: rule.measure, value: one.value, others, times });
    }
  }
  return found;
}

function isFar(value: number, others: number, ratio: number): boolean {
  return value >= others * ratio || value <= others / ratio;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
