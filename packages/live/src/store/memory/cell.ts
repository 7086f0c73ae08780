import { binValue, keyOf } from './mapping.ts';
import { Members } from './members.ts';

/** What a cell has to keep, by metric type. */
export const SUM = 0;
export const GAUGE = 1;
export const SKETCH = 2;
export const SET = 3;
export type Shape = 0 | 1 | 2 | 3;

const SPARE = 32;
/** `low` and `high` of a cell without bins: small integers beyond every key. */
const NO_LOW = 0x3fffffff;
const NO_HIGH = -0x3fffffff;

/** What the bins and members of several cells take, in bytes. */
export interface Taken {
  bytes: number;
}

/**
 * What is known of a series in one slot of time, or of several of them merged. Cells are reused: `clear()`
 * keeps the bins' memory.
 */
export class Cell {
  readonly shape: Shape;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  last = 0;
  /** Unix second of `last`, as far as it is known: an older value never takes the place of a newer one. */
  lastAt = 0;
  /** What was counted down, by counters and negative values; `sum` has it in it. */
  down = 0;
  /**
   * Bins of keys `#base` .. `#base + bins.length - 1`; those in use lie within `low` .. `high`. None as long as
   * there is one key alone, whose weight is `#alone`: in most seconds most series have one sample.
   */
  #bins: Float64Array | undefined;
  #base = 0;
  #alone = 0;
  low = NO_LOW;
  high = NO_HIGH;
  /** Some weight is no whole number. */
  fractions = false;
  members: Members | undefined;
  readonly #taken: Taken;

  constructor(shape: Shape, taken: Taken = { bytes: 0 }) {
    this.shape = shape;
    this.#taken = taken;
  }

  /** @param second when they came: of a gauge the latest counts. */
  addAll(values: Float64Array, count: number, weight: number, second = this.lastAt): void {
    if (this.shape === SET) {
      for (let i = 0; i < count; i++) this.addMember(values[i]!);
      if (!Number.isInteger(weight)) this.fractions = true;
      this.count += count * weight;
      return;
    }
    let { sum, min, max, down } = this;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      sum += value * weight;
      if (value < 0) down -= value * weight;
      if (value < min) min = value;
      if (value > max) max = value;
      if (this.shape === SKETCH) this.addBin(keyOf(value), weight);
    }
    if (!Number.isInteger(weight)) this.fractions = true;
    this.count += count * weight;
    this.sum = sum;
    this.min = min;
    this.max = max;
    this.down = down;
    this.setLast(values[count - 1]!, second);
  }

  setLast(value: number, second: number): void {
    if (second < this.lastAt) return;
    this.last = value;
    this.lastAt = second;
  }

  /** Of a key within `low` .. `high`. */
  weightOf(key: number): number {
    return this.#bins === undefined ? this.#alone : this.#bins[key - this.#base]!;
  }

  addBin(key: number, weight: number): void {
    if (this.#bins === undefined) {
      if (this.high < this.low || (key === this.low && key === this.high)) {
        this.low = key;
        this.high = key;
        this.#alone += weight;
        return;
      }
      this.#grow(Math.min(key, this.low), Math.max(key, this.high));
    }
    if (key < this.low) this.low = key;
    if (key > this.high) this.high = key;
    let at = key - this.#base;
    if (at < 0 || at >= this.#bins!.length) {
      this.#grow(this.low, this.high);
      at = key - this.#base;
    }
    this.#bins![at] = this.#bins![at]! + weight;
  }

  /** Makes room for the bins of these keys at once, where they are about to come one after the other. */
  reserve(low: number, high: number): void {
    if (this.#bins === undefined || low < this.#base || high >= this.#base + this.#bins.length) {
      this.#grow(Math.min(low, this.low), Math.max(high, this.high));
    }
  }

  addMember(member: number): void {
    this.members ??= new Members();
    const before = this.members.bytes;
    this.members.add(member);
    this.#taken.bytes += this.members.bytes - before;
  }

  /** Members of another cell, or of a page. */
  addMembers(merge: (members: Members) => void): void {
    this.members ??= new Members();
    const before = this.members.bytes;
    merge(this.members);
    this.#taken.bytes += this.members.bytes - before;
  }

  merge(other: Cell): void {
    if (other.count === 0) return;
    this.count += other.count;
    this.sum += other.sum;
    this.down += other.down;
    this.setLast(other.last, other.lastAt);
    if (other.fractions) this.fractions = true;
    if (other.min < this.min) this.min = other.min;
    if (other.max > this.max) this.max = other.max;
    if (other.high >= other.low) {
      if (other.high > other.low) this.reserve(other.low, other.high);
      for (let key = other.low; key <= other.high; key++) {
        const weight = other.weightOf(key);
        if (weight !== 0) this.addBin(key, weight);
      }
    }
    const { members } = other;
    if (members !== undefined) this.addMembers((mine) => mine.merge(members));
  }

  /** The value of the sample at floor(q * (n - 1)) of the sorted samples, within the mapping's accuracy. */
  quantile(q: number): number | null {
    if (this.count <= 0 || this.high < this.low) return null;
    const rank = Math.floor(q * (this.count - 1));
    // The ends are known exactly.
    if (rank <= 0) return this.min;
    if (rank >= this.count - 1) return this.max;
    let seen = 0;
    for (let key = this.low; key <= this.high; key++) {
      seen += this.weightOf(key);
      if (seen > rank) return Math.min(this.max, Math.max(this.min, binValue(key)));
    }
    return this.max;
  }

  clear(): void {
    if (this.#bins !== undefined && this.high >= this.low) {
      this.#bins.fill(0, this.low - this.#base, this.high - this.#base + 1);
    }
    this.#alone = 0;
    this.low = NO_LOW;
    this.high = NO_HIGH;
    this.count = 0;
    this.sum = 0;
    this.fractions = false;
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
    if (this.members !== undefined) {
      this.#taken.bytes -= this.members.bytes;
      this.members.clear();
    }
    this.lastAt = 0;
    this.down = 0;
  }

  /** Gives up the memory that `clear` keeps. Only for a clear cell. */
  release(): void {
    this.#taken.bytes -= this.#bins?.byteLength ?? 0;
    this.#bins = undefined;
    this.members = undefined;
  }

  /** Makes room for `low` .. `high` and some more. */
  #grow(low: number, high: number): void {
    const old = this.#bins;
    let from = low - SPARE;
    let to = high + SPARE;
    if (old !== undefined) {
      from = Math.min(from, this.#base);
      to = Math.max(to, this.#base + old.length - 1);
    }
    const bins = new Float64Array(to - from + 1);
    this.#taken.bytes += bins.byteLength - (old?.byteLength ?? 0);
    if (old !== undefined) bins.set(old, this.#base - from);
    else if (this.high >= this.low) bins[this.low - from] = this.#alone;
    this.#alone = 0;
    this.#bins = bins;
    this.#base = from;
  }
}
