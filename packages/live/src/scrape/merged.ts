import type { Labels } from '../prometheus/labels.ts';
import { Buckets } from '../store/memory/buckets.ts';
import type { Bins, Lately, Total } from '../store/store.ts';

/** Bins of series that are no more, all of them together. */
const MAX_BINS = 500_000;
const MOST_BINS = 768;

/** What series that are one in Prometheus' alphabet say together. */
export class Merged {
  readonly labels: Labels;
  count = 0;
  up = 0;
  down = 0;
  /** Of gauges, the latest. */
  value = 0;
  #at = Number.NEGATIVE_INFINITY;
  members = 0;
  min: number | null = null;
  max: number | null = null;
  bins: Bins | undefined;
  #own: Buckets | undefined;

  /** @param before of series that were the same, and are no more. */
  constructor(labels: Labels, before?: Past) {
    this.labels = labels;
    if (before !== undefined) this.#count(before);
  }

  add(total: Total, lately: Lately | undefined): void {
    this.#count({ count: total.count, up: total.sum + total.down, down: total.down, bins: total.bins });
    if (total.at >= this.#at) {
      this.#at = total.at;
      this.value = total.sum;
    }
    if (lately === undefined) return;
    // Who the members are is not known here: there are at least as many as in the fullest.
    this.members = Math.max(this.members, lately.members);
    if (lately.min !== null) this.min = Math.min(this.min ?? lately.min, lately.min);
    if (lately.max !== null) this.max = Math.max(this.max ?? lately.max, lately.max);
  }

  #count({ count, up, down, bins }: Past): void {
    this.count += count;
    this.up += up;
    this.down += down;
    if (bins === undefined) return;
    if (this.bins === undefined) {
      this.bins = bins;
      return;
    }
    this.#own ??= copied(this.bins);
    addTo(this.#own, bins);
    this.bins = this.#own;
  }
}

/** What a series had counted when it left. */
interface Past {
  count: number;
  up: number;
  down: number;
  bins: Bins | undefined;
}

/** Counts of series that the store has forgotten, by what they are called; the oldest leave. */
export class Retired {
  readonly #most: number;
  readonly #past = new Map<string, Past>();
  #bins = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(key: string, { type, count, sum, down, bins }: Total): void {
    if (type === 'gauge' || type === 'set') return;
    const before = this.#past.get(key);
    this.#drop(key);
    let kept = bins;
    if (before?.bins !== undefined) {
      const both = copied(before.bins);
      if (bins !== undefined) addTo(both, bins);
      kept = both;
    }
    this.#past.set(key, {
      count: count + (before?.count ?? 0),
      up: sum + down + (before?.up ?? 0),
      down: down + (before?.down ?? 0),
      bins: kept,
    });
    this.#bins += kept?.size ?? 0;
    for (const oldest of this.#past.keys()) {
      if (this.#past.size <= this.#most && this.#bins <= MAX_BINS) return;
      this.#drop(oldest);
    }
  }

  of(key: string): Past | undefined {
    return this.#past.get(key);
  }

  clear(): void {
    this.#past.clear();
    this.#bins = 0;
  }

  #drop(key: string): void {
    this.#bins -= this.#past.get(key)?.bins?.size ?? 0;
    this.#past.delete(key);
  }
}

function copied(bins: Bins): Buckets {
  const copy = new Buckets(MOST_BINS);
  addTo(copy, bins);
  return copy;
}

function addTo(buckets: Buckets, { keys, counts, size }: Bins): void {
  for (let i = 0; i < size; i++) buckets.add(keys[i]!, counts[i]!);
}
