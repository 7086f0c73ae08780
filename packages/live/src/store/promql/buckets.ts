import { ACCURACY } from '../memory/mapping.ts';

/** A bucket holds what is above `low`, up to and with `high`. */
export interface Bucket {
  low: number;
  high: number;
  count: number;
}

/** Smaller magnitudes are zero. */
const ZERO = 1e-9;

/** `1.000e+00...1.136e+00`, as VictoriaMetrics' own clients write their buckets. */
export function vmrange(label: string): Omit<Bucket, 'count'> | undefined {
  const cut = label.indexOf('...');
  if (cut < 0) return undefined;
  const start = label.slice(0, cut);
  // The lowest range takes negative values, too.
  const low = start === '0' ? Number.NEGATIVE_INFINITY : bound(start);
  const high = bound(label.slice(cut + 3));
  return low < high ? { low, high } : undefined;
}

/** A bound as the engines write it. */
export function bound(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/** Classic buckets count all below their bound: what stands between two bounds is what is left over. */
export function fromCumulative(counts: readonly (readonly [le: number, count: number])[]): Bucket[] {
  const buckets: Bucket[] = [];
  let low = Number.NEGATIVE_INFINITY;
  let below = 0;
  for (const [high, count] of [...counts].sort((a, b) => a[0] - b[0])) {
    // Hosts with other bounds make it fall; nothing is counted twice.
    if (count > below) buckets.push({ low, high, count: count - below });
    below = Math.max(below, count);
    low = high;
  }
  return buckets;
}

/** Samples by bucket, with what is known of them exactly. */
export interface Distribution {
  /** Ascending. */
  buckets: readonly Bucket[];
  /** Of all samples: an engine can have a sample's count before it has its bucket. */
  count: number;
  min: number | null;
  max: number | null;
}

export interface Quantile {
  value: number;
  /** How far off it can be, relative to the exact one; infinite where its bucket reaches over zero or has no end. */
  error: number;
}

/**
 * The sample at rank floor(q * (n - 1)), as the memory store has it: its bucket is known for certain, and the
 * value stands for the bucket's middle in the geometric sense, whose error is the same to both ends. Samples
 * without a bucket could be anywhere, which moves the rank by as many: the range is as much wider.
 */
export function quantile({ buckets, count, min, max }: Distribution, q: number): Quantile | null {
  const known = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  const total = Math.max(count, known);
  if (known <= 0) return null;
  const rank = Math.floor(q * (total - 1));
  if (rank <= 0 && min !== null) return { value: min, error: 0 };
  if (rank >= total - 1 && max !== null) return { value: max, error: 0 };
  const missing = total - known < total * NOISE ? 0 : total - known;
  const low = rank < missing ? Number.NEGATIVE_INFINITY : bucketAt(buckets, rank - missing).low;
  const high = rank >= known ? Number.POSITIVE_INFINITY : bucketAt(buckets, rank).high;
  return middle(
    Math.max(low, min ?? Number.NEGATIVE_INFINITY),
    Math.min(high, max ?? Number.POSITIVE_INFINITY),
  );
}

/** Of counts that are sums of fractions. */
const NOISE = 1e-9;

function bucketAt(buckets: readonly Bucket[], rank: number): Bucket {
  let seen = 0;
  for (const bucket of buckets) {
    seen += bucket.count;
    if (seen > rank) return bucket;
  }
  return buckets.at(-1)!;
}

/** What stands for everything between two bounds, which are no wider than the values that came. */
function middle(low: number, high: number): Quantile {
  if (low >= high) return { value: high, error: ACCURACY };
  if (low >= -ZERO && high <= ZERO) return { value: 0, error: 0 };
  if (low > 0 && high < Number.POSITIVE_INFINITY) return geometric(low, high);
  if (high < 0 && low > Number.NEGATIVE_INFINITY) {
    const { value, error } = geometric(-high, -low);
    return { value: -value, error };
  }
  // Down to zero or up to anything: the finite end is all that is known.
  const error = Number.POSITIVE_INFINITY;
  if (high === Number.POSITIVE_INFINITY) return { value: Math.max(low, 0), error };
  return { value: low === Number.NEGATIVE_INFINITY ? high : (low + high) / 2, error };
}

/** Where in a heat map the samples of a bucket stand. */
export function standsFor({ low, high }: Bucket, { min, max }: Pick<Distribution, 'min' | 'max'>): number {
  return middle(Math.max(low, min ?? low), Math.min(high, max ?? high)).value;
}

/** A collector puts the bins of its store into buckets: a sample near a bound can be in the next one. */
function geometric(low: number, high: number): Quantile {
  return { value: Math.sqrt(low * high), error: Math.sqrt(high / low) * (1 + ACCURACY) - 1 };
}
