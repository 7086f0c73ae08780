import type { MetricType, Points } from '../store.ts';
import { type Bucket, bound, type Distribution, fromCumulative, quantile, vmrange } from './buckets.ts';
import type { EngineHistogram } from './engine.ts';

/** Sums of fractional weights come back with the noise of floating point; nothing real is this small. */
const NOTHING = 1e-6;

/** What an engine said of a group at one time. */
export class Cell {
  count = 0;
  sum = 0;
  min: number | null = null;
  max: number | null = null;
  /** Of gauges: the mean of each series' latest value, and how many series. */
  last: number | null = null;
  senders = 0;
  readonly #buckets: Bucket[] = [];
  readonly #cumulative: [le: number, count: number][] = [];
  /** By their bounds. */
  readonly #native = new Map<string, Bucket>();

  /** A bucket as it is labelled. */
  add(labels: Readonly<Record<string, string>>, count: number): void {
    if (labels.le !== undefined) {
      this.#cumulative.push([bound(labels.le), count]);
      return;
    }
    const range = vmrange(labels.vmrange ?? '');
    if (range !== undefined && count > NOTHING) this.#buckets.push({ ...range, count });
  }

  /** A native histogram as it was at the end, or (negative) at the start of the time. */
  addNative({ buckets = [] }: EngineHistogram, sign: 1 | -1): void {
    for (const [, low, high, count] of buckets) {
      const key = `${low} ${high}`;
      const known = this.#native.get(key) ?? { low: bound(low), high: bound(high), count: 0 };
      known.count += sign * Number(count);
      this.#native.set(key, known);
    }
  }

  /** Adds what an engine said of other series at the same time. */
  merge(other: Cell): void {
    const senders = Math.max(1, this.senders);
    const others = Math.max(1, other.senders);
    if (this.last === null) {
      this.last = other.last;
      this.senders = other.senders;
    } else if (other.last !== null) {
      this.last = (this.last * senders + other.last * others) / (senders + others);
      this.senders = senders + others;
    }
    this.count += other.count;
    this.sum += other.sum;
    this.min = smaller(this.min, other.min, 1);
    this.max = smaller(this.max, other.max, -1);
    this.#buckets.push(...other.#buckets);
    for (const [le, count] of other.#cumulative) {
      const known = this.#cumulative.find(([bound]) => bound === le);
      if (known === undefined) this.#cumulative.push([le, count]);
      else known[1] += count;
    }
    for (const [key, bucket] of other.#native) {
      const known = this.#native.get(key);
      if (known === undefined) this.#native.set(key, { ...bucket });
      else known.count += bucket.count;
    }
  }

  get distribution(): Distribution {
    const { count, min, max } = this;
    const native = [...this.#native.values()].filter((one) => one.count > NOTHING);
    const buckets = [...this.#buckets, ...fromCumulative(this.#cumulative), ...native];
    return { buckets: buckets.sort((a, b) => a.high - b.high), count, min, max };
  }

  point(type: MetricType, quantiles: readonly number[]): Points['points'][0] {
    if (type === 'gauge') return this.#gauge(quantiles);
    const { count, sum, min, max } = this;
    if (count <= NOTHING) return null;
    const distribution = quantiles.length > 0 ? this.distribution : undefined;
    const found = quantiles.map((q) => (distribution === undefined ? null : quantile(distribution, q)));
    return {
      count,
      sum,
      min,
      max,
      last: null,
      quantiles: found.map((one) => one?.value ?? null),
      errors: found.map((one) => one?.error ?? null),
    };
  }

  /** Only what changed is written each tick: where nothing was, the value stands as it did. */
  #gauge(quantiles: readonly number[]): Points['points'][0] {
    const { last } = this;
    if (last === null) return null;
    const isStill = this.count === 0;
    return {
      count: isStill ? 1 : this.count,
      sum: isStill ? last : this.sum,
      min: this.min ?? last,
      max: this.max ?? last,
      last,
      level: { sum: last * Math.max(1, this.senders), senders: Math.max(1, this.senders), latest: null },
      quantiles: quantiles.map(() => null),
      errors: quantiles.map(() => null),
    };
  }
}

/** The smaller one of those that are known, or with -1 the greater. */
function smaller(a: number | null, b: number | null, sign: 1 | -1): number | null {
  if (a === null || b === null) return a ?? b;
  return sign * a < sign * b ? a : b;
}
