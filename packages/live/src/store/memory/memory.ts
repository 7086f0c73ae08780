import { breathe, type Pause } from '../breathe.ts';
import { heatAnswer } from '../heat.ts';
import { rankOf } from '../rank.ts';
import type {
  HeatAnswer,
  Lately,
  MetricInfo,
  PointsAnswer,
  PointsQuery,
  SeriesKey,
  Store,
  StoreStats,
  Summary,
  SummaryQuery,
  Total,
} from '../store.ts';
import { catalogOf } from './catalog.ts';
import { Cell, GAUGE, SET, SKETCH, type Taken } from './cell.ts';
import { Groups } from './groups.ts';
import { heatColumn } from './heat.ts';
import { Late } from './late.ts';
import { Reader } from './reader.ts';
import { RECENT_SECONDS } from './recent.ts';
import { Registry } from './registry.ts';
import type { Series } from './series.ts';
import { COARSE, floorTo, Timeline } from './timeline.ts';

export interface MemoryStoreOptions {
  /** Unix ms; tests give their own. */
  clock?: () => number;
  /** Seconds that samples are kept. */
  retention?: number;
  maxSeries?: number;
  /** Bytes of closed slots; when full, the oldest leave before the retention is over. */
  maxBytes?: number;
  /** Bytes of bins and set members of the open second; when full, what there is of it is closed early. */
  maxOpenBytes?: number;
}

/** A series whose values span five powers of ten has bins of 7 kB; only hostile ones have more on average. */
const OPEN_BYTES_PER_SERIES = 13 * 1024;
const MIN_OPEN_BYTES = 16 * 1024 * 1024;
/** Ten seconds are merged in the background: so many ms of work, so often. */
const COMPACT_MS = 2;
const COMPACT_EVERY_MS = 20;

/** Samples in this process's memory: exact counts and sums, sketches within 1 %, all of it bounded. */
export class MemoryStore implements Store {
  readonly slotMs = 1000;
  readonly settleMs = 0;
  readonly #clock: () => number;
  readonly #retention: number;
  readonly #maxBytes: number;
  readonly #maxOpenBytes: number;
  /** Of all series. */
  readonly #taken: Taken = { bytes: 0 };
  readonly #timeline: Timeline;
  readonly #registry: Registry;
  readonly #late = new Late(this.#taken);
  readonly #reader: Reader;
  readonly #one = new Float64Array(1);
  #dirty: Series[] = [];
  #second: number;
  #compactedAt = 0;
  #folded = 0;
  #since: number | undefined;
  /** Called with what is known of a series that is no more. */
  onRetire: ((total: Total) => void) | undefined;
  onForget: ((series: ReadonlySet<number>) => void) | undefined;
  /** Called for each series with samples when a second is over, or closed early; the cell is cleared after it. */
  onClose: ((series: SeriesKey, cell: Readonly<Cell>, second: number) => void) | undefined;

  constructor(options: MemoryStoreOptions = {}) {
    this.#clock = options.clock ?? Date.now;
    this.#retention = options.retention ?? 3600;
    const maxSeries = options.maxSeries ?? 5000;
    this.#maxBytes = options.maxBytes ?? 400 * 1024 * 1024;
    this.#maxOpenBytes = options.maxOpenBytes ?? Math.max(MIN_OPEN_BYTES, maxSeries * OPEN_BYTES_PER_SERIES);
    this.#timeline = new Timeline(this.#retention, this.#maxBytes);
    this.#registry = new Registry(maxSeries, this.#taken, (gone) => this.#forget(gone));
    this.#reader = new Reader(this.#timeline, () => this.#second);
    this.#second = Math.floor(this.#clock() / 1000);
  }

  open(key: SeriesKey): number {
    return this.#registry.open(key, this.#second).id;
  }

  add(id: number, values: Float64Array, count: number, weight: number): void {
    const series = this.#registry.at(id);
    if (series === undefined) return;
    if (series.isFold) {
      this.#folded += count;
      // The latest value of many gauges, or the union of many sets, says nothing.
      if (series.shape === GAUGE || series.shape === SET) return;
    }
    if (!series.dirty) this.#touch(series);
    series.cell.addAll(values, count, weight, this.#second);
    if (series.shape === GAUGE) series.setValue(values[count - 1]!, this.#second);
    else if (this.#taken.bytes > this.#maxOpenBytes) this.#closeEarly();
  }

  addAt(id: number, values: Float64Array, count: number, weight: number, second: number): void {
    if (second >= this.#second) {
      this.add(id, values, count, weight);
      return;
    }
    const series = this.#registry.at(id);
    if (series === undefined) return;
    if (series.isFold) {
      this.#folded += count;
      if (series.shape === GAUGE || series.shape === SET) return;
    }
    const cell = this.#late.cell(second, series);
    cell.addAll(values, count, weight, second);
    if (series.shape === GAUGE) series.setValue(values[count - 1]!, second);
    series.lastAt = this.#second * 1000;
    series.firstAt = Math.min(series.firstAt, second);
    this.#since = Math.min(this.#since ?? second * 1000, second * 1000);
    if (this.#late.isFull || this.#taken.bytes > this.#maxOpenBytes) this.#closeLate();
  }

  adjust(id: number, change: number): void {
    const series = this.#registry.at(id);
    if (series === undefined) return;
    this.#one[0] = series.value + change;
    this.add(id, this.#one, 1, 1);
  }

  tick(): void {
    const second = Math.floor(this.#clock() / 1000);
    if (second <= this.#second) {
      this.#compactSome();
      return;
    }
    const closed = this.#second;
    this.#closeOpen();
    this.#second = second;
    this.#closeLate();
    const ten = floorTo(closed, COARSE);
    if (second >= ten + COARSE) {
      this.#timeline.compact(this.#registry.shapeOf, Number.POSITIVE_INFINITY);
      this.#timeline.beginCompaction(ten, this.#registry.length);
      this.#registry.sweep(this.#retention * 1000, second);
    }
    this.#timeline.expire(second);
  }

  /** Closes what there is of the open second, so that nothing waits for its end. */
  closeNow(): void {
    this.tick();
    this.#closeOpen();
    this.#closeLate();
  }

  async metrics(): Promise<MetricInfo[]> {
    this.tick();
    this.#closeLate();
    const since = Math.floor((this.#since ?? 0) / 1000);
    const whole = Math.min(RECENT_SECONDS, Math.max(0, this.#second - since));
    return await catalogOf(this.#registry.byName, this.#second, whole, breathe());
  }

  async summary(query: SummaryQuery): Promise<Summary[]> {
    this.tick();
    this.#closeLate();
    const pause = breathe();
    const groups = await Groups.of(query, this.#registry.named(query.names), pause);
    await this.#reader.window(query, groups, pause);
    return groups.summaries(query.quantiles, pause);
  }

  async points(query: PointsQuery): Promise<PointsAnswer> {
    const pause = breathe();
    const groups = await this.#groups(query, query.quantiles, pause);
    const answer = groups.list.map(({ identity, others }) => ({
      ...identity,
      ...(others > 0 ? { others } : {}),
      points: [] as PointsAnswer['series'][0]['points'],
    }));
    const withBins = query.quantiles.length > 0;
    const { start, step } = await this.#reader.eachStep(query, groups, withBins, pause, (group, i) => {
      answer[i]!.points.push(group.point(query.quantiles));
    });
    return { start: start * 1000, step, series: answer };
  }

  async heat(query: Omit<PointsQuery, 'quantiles'>): Promise<HeatAnswer> {
    const pause = breathe();
    const groups = await this.#groups(query, [], pause);
    const columns = groups.list.map(() => [] as Map<number, number>[]);
    const { start, step } = await this.#reader.eachStep(query, groups, true, pause, (group, i) => {
      columns[i]!.push(heatColumn(group.cell));
    });
    return heatAnswer(
      { start: start * 1000, step },
      groups.list.map(({ identity: { name, tags }, others }, i) => ({
        name,
        tags,
        columns: columns[i]!,
        ...(others > 0 ? { others } : {}),
      })),
    );
  }

  async lately(seconds: number): Promise<ReadonlyMap<number, Lately>> {
    this.tick();
    this.#closeLate();
    const pause = breathe();
    const found = new Map<number, Lately>();
    const to = this.#second;
    const pages = [...this.#timeline.pages(to - seconds, to, to)];
    for (const series of [...this.#registry.all()]) {
      if (series.shape !== SET && series.shape !== SKETCH) continue;
      // Its number can have been given to another one meanwhile.
      if (this.#registry.at(series.id) !== series) continue;
      const cell = new Cell(series.shape);
      for (const page of pages) page.mergeInto(series.id, cell, false);
      const isEmpty = cell.count === 0;
      const members = cell.members?.size ?? 0;
      found.set(series.id, { members, min: isEmpty ? null : cell.min, max: isEmpty ? null : cell.max });
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    return found;
  }

  *totals(): Generator<Total> {
    this.tick();
    this.#closeLate();
    for (const series of this.#registry.all()) yield series.total();
  }

  since(): number | undefined {
    return this.#since;
  }

  until(): number {
    return this.#clock();
  }

  async reset(): Promise<void> {
    const ids = new Set([...this.#registry.all()].map((series) => series.id));
    this.#timeline.clear();
    this.#registry.clear();
    this.#dirty = [];
    this.#late.clear();
    this.#taken.bytes = 0;
    this.#since = undefined;
    this.onForget?.(ids);
  }

  stats(): StoreStats {
    return {
      series: this.#registry.size,
      folded: this.#folded,
      bytes: this.#timeline.bytes,
      maxBytes: this.#maxBytes,
      openBytes: this.#taken.bytes,
    };
  }

  /** The samples of the open second go into a page. */
  #closeOpen(): void {
    if (this.#dirty.length === 0) return;
    this.#timeline.add(this.#second, this.#registry.length, cells(this.#dirty));
    for (const series of this.#dirty) {
      this.onClose?.(series, series.cell, this.#second);
      series.close(this.#second);
    }
    this.#dirty = [];
  }

  /** Late samples go to the slots of their time, and into the totals. */
  #closeLate(): void {
    const late = this.#late.take();
    if (late.length === 0) return;
    for (const [second, cells] of late) {
      const found: [number, Cell][] = [];
      for (const [series, cell] of cells) {
        if (this.#registry.at(series.id) === series) found.push([series.id, cell]);
      }
      this.#timeline.addLate(second, this.#registry.length, found, this.#second, this.#registry.shapeOf);
      for (const [series, cell] of cells) {
        const isPast = series.shape === GAUGE && cell.lastAt < series.valueAt;
        if (!isPast) this.onClose?.(series, cell, this.#second);
        series.absorb(cell, second);
        cell.clear();
        cell.release();
      }
    }
    this.#timeline.expire(this.#second);
  }

  /** Values all over the scale make bins all over the memory; in a page they take two bytes each. */
  #closeEarly(): void {
    this.#closeOpen();
    for (const series of this.#registry.all()) series.cell.release();
    this.#timeline.expire(this.#second);
  }

  #compactSome(): void {
    if (!this.#timeline.isCompacting) return;
    const now = performance.now();
    if (now - this.#compactedAt < COMPACT_EVERY_MS) return;
    this.#timeline.compact(this.#registry.shapeOf, COMPACT_MS);
    this.#compactedAt = performance.now();
  }

  /** The groups of a question: where they are too many, the largest of its time, and the others as one. */
  async #groups(
    query: Omit<PointsQuery, 'quantiles'>,
    quantiles: readonly number[],
    pause: Pause,
  ): Promise<Groups> {
    this.tick();
    this.#closeLate();
    const groups = await Groups.of(query, this.#registry.named(query.names), pause);
    const { top } = query;
    if (top === undefined || groups.list.length <= top.most) return groups;
    await this.#reader.window({ ...query, quantiles }, groups, pause);
    groups.keep(top.most, (group) => rankOf(group.point(quantiles), group.identity.type, top.stat));
    for (const { cell, levels } of groups.list) {
      cell.clear();
      levels.clear();
    }
    return groups;
  }

  #touch(series: Series): void {
    series.dirty = true;
    series.lastAt = this.#second * 1000;
    this.#since ??= this.#clock();
    this.#dirty.push(series);
  }

  #forget(gone: readonly Series[]): void {
    for (const series of gone) this.onRetire?.(series.total());
    const ids = new Set(gone.map((series) => series.id));
    this.#timeline.forget(ids);
    this.onForget?.(ids);
  }
}

function* cells(list: readonly Series[]): Generator<readonly [number, Cell]> {
  for (const series of list) yield [series.id, series.cell];
}
