import type { MetricType, SeriesKey, Tag, Total } from '../store.ts';
import { Buckets } from './buckets.ts';
import { Cell, GAUGE, SET, type Shape, SKETCH, SUM, type Taken } from './cell.ts';
import { Recent } from './recent.ts';

/** Bins of a series' total: five powers of ten with every bin in use. What falls elsewhere goes to the nearest. */
const MAX_BINS = 768;

const NO_VALUE = [''] as const;

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
  /** Unix second of the earliest sample. */
  firstAt: number;
  /** The latest value, and its second: a gauge's outlives its slots. */
  value = 0;
  valueAt = 0;
  readonly recent = new Recent();
  #count = 0;
  #sum = 0;
  #up = 0;
  #down = 0;
  #bins: Buckets | undefined;

  constructor(id: number, series: SeriesKey, key: string, isFold: boolean, now: number, taken: Taken) {
    this.id = id;
    this.name = series.name;
    this.type = series.type;
    this.tags = series.tags;
    this.key = key;
    this.shape = SHAPES[series.type];
    this.cell = new Cell(this.shape, taken);
    this.isFold = isFold;
    this.lastAt = now;
    this.firstAt = Math.floor(now / 1000);
  }

  /** Ends the open second: its samples go into the totals. */
  close(second: number): void {
    this.dirty = false;
    this.absorb(this.cell, second);
    this.cell.clear();
  }

  /** Samples of a second become part of the totals. */
  absorb(cell: Readonly<Cell>, second: number): void {
    this.#count += cell.count;
    this.#sum += cell.sum;
    this.#down += cell.down;
    // Of fractions the difference can be less than nothing.
    this.#up += Math.max(0, cell.sum + cell.down);
    this.recent.add(second, cell.shape === SUM ? cell.sum : cell.count);
    if (cell.shape !== SET) this.setValue(cell.last, cell.lastAt);
    if (cell.high < cell.low) return;
    this.#bins ??= new Buckets(MAX_BINS);
    for (let key = cell.low; key <= cell.high; key++) {
      const weight = cell.weightOf(key);
      if (weight !== 0) this.#bins.add(key, weight);
    }
  }

  /** An older value never takes the place of a newer one. */
  setValue(value: number, second: number): void {
    if (second < this.valueAt) return;
    this.value = value;
    this.valueAt = second;
  }

  /** Whether some values were below zero. */
  get hasFallen(): boolean {
    return this.#down > 0;
  }

  total(): Total {
    return {
      name: this.name,
      type: this.type,
      tags: this.tags,
      id: this.id,
      count: this.#count,
      sum: this.shape === GAUGE ? this.value : this.#sum,
      up: this.#up,
      down: this.#down,
      at: this.valueAt,
      bins: this.#bins,
    };
  }

  tag(name: string): string {
    for (const [key, value] of this.tags) if (key === name) return value;
    return '';
  }

  /** All values of a key, of which a sender can have given several; none is ''. */
  valuesOf(name: string): readonly string[] {
    const found = this.tags.filter(([key]) => key === name);
    return found.length === 0 ? NO_VALUE : found.map(([, value]) => value);
  }

  matches(where: readonly (readonly [string, string])[]): boolean {
    for (const [key, value] of where) {
      if (this.tag(key) !== value && !this.valuesOf(key).includes(value)) return false;
    }
    return true;
  }
}

/** Equal for equal series; lengths keep names and values from running into each other. */
export function keyText(series: SeriesKey): string {
  let text = `${series.type} ${series.name.length} ${series.name}`;
  for (const [key, value] of series.tags) text += ` ${key.length} ${value.length} ${key}${value}`;
  return text;
}
