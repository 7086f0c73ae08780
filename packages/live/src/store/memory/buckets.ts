/** What a bucket that was never written was written as. */
const NEVER = -1;
const MAX_SHORT = 2 ** 15 - 1;
const MAX_COUNT = 2 ** 16 - 1;

type Counts = Uint16Array | Uint32Array | Float64Array;

/**
 * Cumulative counts by bucket number, only those in use, in ascending order; beside each the count that was
 * written last. At most `most` of them: what falls elsewhere then goes to the nearest.
 */
export class Buckets {
  readonly #most: number;
  /** Of two bytes as long as the numbers fit. */
  keys: Int16Array | Int32Array = new Int16Array(8);
  /** Of two or four bytes as long as they are whole and fit. */
  counts: Counts = new Uint16Array(8);
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
    const count = this.counts[at]! + weight;
    if (!fits(this.counts, count))
      this.counts = (isWhole(count) ? Uint32Array : Float64Array).from(this.counts);
    this.counts[at] = count;
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
    if (this.keys instanceof Int16Array && Math.abs(key) > MAX_SHORT) this.keys = Int32Array.from(this.keys);
    for (const array of [this.keys, this.counts, this.#written]) array?.copyWithin(at + 1, at, this.size);
    this.keys[at] = key;
    this.counts[at] = 0;
    if (this.#written !== undefined) this.#written[at] = NEVER;
    this.size++;
  }

  #grow(): void {
    const length = Math.min(this.#most, Math.ceil(this.keys.length * 1.5));
    this.keys = copied(
      this.keys,
      this.keys instanceof Int16Array ? new Int16Array(length) : new Int32Array(length),
    );
    const Kind = this.counts.constructor as new (length: number) => Counts;
    this.counts = copied(this.counts, new Kind(length));
    if (this.#written !== undefined) this.#written = copied(this.#written, new Float64Array(length));
  }
}

function fits(counts: Counts, count: number): boolean {
  if (counts instanceof Uint16Array) return count === (count & MAX_COUNT);
  return counts instanceof Float64Array || isWhole(count);
}

function isWhole(count: number): boolean {
  return count === count >>> 0;
}

function copied<T extends Int16Array | Int32Array | Counts>(from: T, to: T): T {
  to.set(from);
  return to;
}
