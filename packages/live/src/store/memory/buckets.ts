/** What a bucket that was never written was written as. */
const NEVER = -1;

/**
 * Cumulative counts by bucket number, only those in use, in ascending order; beside each the count that was
 * written last. At most `most` of them: what falls elsewhere then goes to the nearest.
 */
export class Buckets {
  readonly #most: number;
  keys = new Int32Array(8);
  counts = new Float64Array(8);
  size = 0;
  /** Some weight was no whole number. */
  fractions = false;
  /** Weight that went to the nearest bucket, for want of room. */
  moved = 0;
  /** Only where something is written. */
  #written: Float64Array | undefined;
  #at = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(key: number, weight: number): void {
    if (!Number.isInteger(weight)) this.fractions = true;
    let at = this.#find(key);
    if (at === this.size || this.keys[at] !== key) {
      if (this.size < this.#most) this.#insert(at, key);
      else {
        if (at > 0 && (at === this.size || key - this.keys[at - 1]! <= this.keys[at]! - key)) at--;
        this.moved += weight;
      }
    }
    this.counts[at] = this.counts[at]! + weight;
    this.#at = at;
  }

  /** The count that was written last; 0 for a new bucket. */
  written(at: number): number {
    return Math.max(0, this.#written?.[at] ?? 0);
  }

  isNew(at: number): boolean {
    return this.#written === undefined || this.#written[at] === NEVER;
  }

  /** All counts have been written. */
  settle(): void {
    this.#written ??= new Float64Array(this.counts.length);
    this.#written.set(this.counts);
  }

  /** The first position whose key is not below; mostly where the last one was, or behind it. */
  #find(key: number): number {
    const { keys, size } = this;
    const hint = this.#at;
    if (hint < size && keys[hint]! < key) {
      if (hint + 1 === size || keys[hint + 1]! >= key) return hint + 1;
    } else if (hint < size && keys[hint] === key) return hint;
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(at: number, key: number): void {
    if (this.size === this.keys.length) this.#grow();
    for (const array of [this.keys, this.counts, this.#written]) array?.copyWithin(at + 1, at, this.size);
    this.keys[at] = key;
    this.counts[at] = 0;
    if (this.#written !== undefined) this.#written[at] = NEVER;
    this.size++;
  }

  #grow(): void {
    const length = Math.min(this.#most, this.keys.length * 2);
    const keys = new Int32Array(length);
    const counts = new Float64Array(length);
    keys.set(this.keys);
    counts.set(this.counts);
    this.keys = keys;
    this.counts = counts;
    if (this.#written === undefined) return;
    const written = new Float64Array(length);
    written.set(this.#written);
    this.#written = written;
  }
}
