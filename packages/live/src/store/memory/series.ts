import type { MetricType, SeriesKey, Tag, Total } from '../store.ts';
import { Cell, GAUGE, SET, type Shape, SKETCH, SUM, type Taken } from './cell.ts';
import { keyOf } from './mapping.ts';

/** Upper bounds of buckets, with what they are in a sketch. */
export class Bounds {
  readonly values: readonly number[];
  readonly keys: readonly number[];

  constructor(values: Iterable<number>) {
    this.values = [...new Set(values)].sort((a, b) => a - b);
    this.keys = this.values.map(keyOf);
  }
}

const SHAPES: Record<MetricType, Shape> = {
  count: SUM,
  gauge: GAUGE,
  timing: SKETCH,
  histogram: SKETCH,
  distribution: SKETCH,
  set: SET,
};

/** One series of the memory store, with the slot that is still open. */
export class Series {
  readonly id: number;
  readonly name: string;
  readonly type: MetricType;
  readonly tags: readonly Tag[];
  readonly key: string;
  readonly shape: Shape;
  /** The open second. */
  readonly cell: Cell;
  /** Stands for series beyond the cap: its samples count as folded. */
  readonly isFold: boolean;
  dirty = false;
  /** Unix ms of the latest sample's slot. */
  lastAt: number;
  /** A gauge's value outlives its slots. */
  value = 0;
  #count = 0;
  #sum = 0;
  /** Not cumulative; the last one is for what lies above all bounds. */
  #buckets: Float64Array | undefined;
  readonly #bounds: Bounds;

  constructor(
    id: number,
    series: SeriesKey,
    key: string,
    isFold: boolean,
    now: number,
    { bounds, taken }: { bounds: Bounds; taken: Taken },
  ) {
    this.#bounds = bounds;
    this.id = id;
    this.name = series.name;
    this.type = series.type;
    this.tags = series.tags;
    this.key = key;
    this.shape = SHAPES[series.type];
    this.cell = new Cell(this.shape, taken);
    this.isFold = isFold;
    this.lastAt = now;
  }

  /** Ends the open second: its samples go into the totals. */
  close(): void {
    const { cell } = this;
    this.dirty = false;
    this.#count += cell.count;
    this.#sum += cell.sum;
    if (cell.bins !== undefined) {
      const { keys } = this.#bounds;
      this.#buckets ??= new Float64Array(keys.length + 1);
      let bucket = 0;
      for (let key = cell.low; key <= cell.high; key++) {
        const weight = cell.bins[key - cell.base]!;
        if (weight === 0) continue;
        while (bucket < keys.length && key > keys[bucket]!) bucket++;
        this.#buckets[bucket] = this.#buckets[bucket]! + weight;
      }
    }
    cell.clear();
  }

  total(): Total {
    let below = 0;
    return {
      name: this.name,
      type: this.type,
      tags: this.tags,
      count: this.#count,
      sum: this.shape === GAUGE ? this.value : this.#sum,
      buckets: this.#buckets && Array.from(this.#buckets.subarray(0, -1), (n) => (below += n)),
    };
  }

  tag(name: string): string {
    for (const [key, value] of this.tags) if (key === name) return value;
    return '';
  }

  matches(where: readonly (readonly [string, string])[]): boolean {
    for (const [key, value] of where) if (this.tag(key) !== value) return false;
    return true;
  }
}

/** Equal for equal series; lengths keep names and values from running into each other. */
export function keyText(series: SeriesKey): string {
  let text = `${series.type} ${series.name.length} ${series.name}`;
  for (const [key, value] of series.tags) text += ` ${key.length} ${value.length} ${key}${value}`;
  return text;
}
