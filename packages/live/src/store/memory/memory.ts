import { breathe, type Pause } from '../breathe.ts';
import { heatAnswer } from '../heat.ts';
import {
  BUCKETS,
  type HeatAnswer,
  type MetricInfo,
  type PointsAnswer,
  type PointsQuery,
  type SeriesKey,
  type Store,
  type StoreStats,
  type Summary,
  type SummaryQuery,
  type Total,
} from '../store.ts';
import { type Cell, GAUGE, SET, type Taken } from './cell.ts';
import { foldOf, lastResort } from './fold.ts';
import { type Group, Groups } from './groups.ts';
import { heatColumn } from './heat.ts';
import { Bounds, keyText, Series } from './series.ts';
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
  /** Bounds of buckets beside the usual ones. */
  bounds?: readonly number[];
}

/** A series whose values span five powers of ten has bins of 7 kB; only hostile ones have more on average. */
const OPEN_BYTES_PER_SERIES = 13 * 1024;
const MIN_OPEN_BYTES = 16 * 1024 * 1024;
/** Characters of names and tags, on average: a line can have 65,536 of them. */
const TEXT_PER_SERIES = 2048;
/** Series beyond the cap that stand for the folded ones. */
const MAX_FOLDS = 256;
/** At the cap, a series without samples for so long makes room for a new one. */
const IDLE_MS = 600_000;
/** A series without samples for so long gives its bins' memory back until the next one. */
const REST_MS = 60_000;
/** Ten seconds are merged in the background: so many ms of work, so often. */
const COMPACT_MS = 2;
const COMPACT_EVERY_MS = 20;

/** Samples in this process's memory: exact counts and sums, sketches within 1 %, all of it bounded. */
export class MemoryStore implements Store {
  readonly slotMs = 1000;
  readonly settleMs = 0;
  readonly #clock: () => number;
  readonly #retention: number;
  readonly #maxSeries: number;
  readonly #maxBytes: number;
  readonly #maxOpenBytes: number;
  /** Of all series. */
  readonly #taken: Taken = { bytes: 0 };
  readonly #timeline: Timeline;
  readonly #bounds: Bounds;
  readonly #byKey = new Map<string, Series>();
  readonly #byName = new Map<string, Set<Series>>();
  readonly #one = new Float64Array(1);
  #series: (Series | undefined)[] = [];
  #free: number[] = [];
  #dirty: Series[] = [];
  #folds = 0;
  /** Characters of the keys of all series. */
  #text = 0;
  #second: number;
  #sweptAt = 0;
  #compactedAt = 0;
  #folded = 0;
  #since: number | undefined;
  onForget: ((series: ReadonlySet<number>) => void) | undefined;
  /** Called for each series with samples when a second is over, or closed early; the cell is cleared after it. */
  onClose: ((series: SeriesKey, cell: Readonly<Cell>, second: number) => void) | undefined;

  constructor(options: MemoryStoreOptions = {}) {
    this.#clock = options.clock ?? Date.now;
    this.#retention = options.retention ?? 3600;
    this.#maxSeries = options.maxSeries ?? 5000;
    this.#maxBytes = options.maxBytes ?? 400 * 1024 * 1024;
    this.#maxOpenBytes =
      options.maxOpenBytes ?? Math.max(MIN_OPEN_BYTES, this.#maxSeries * OPEN_BYTES_PER_SERIES);
    this.#bounds = new Bounds([...BUCKETS, ...(options.bounds ?? [])]);
    this.#timeline = new Timeline(this.#retention, this.#maxBytes);
    this.#second = Math.floor(this.#clock() / 1000);
  }

  open(key: SeriesKey): number {
    const text = keyText(key);
    const known = this.#byKey.get(text);
    if (known !== undefined) return known.id;
    if (!this.#hasRoom(text) && this.#sweptAt !== this.#second) {
      // At most once a second, since it looks at all series.
      this.#sweptAt = this.#second;
      this.#sweep(IDLE_MS);
    }
    if (this.#hasRoom(text)) return this.#create(key, text, false).id;
    const fold = foldOf(key);
    const foldText = keyText(fold);
    const folded = this.#byKey.get(`fold ${foldText}`);
    if (folded !== undefined) return folded.id;
    if (this.#folds < MAX_FOLDS) return this.#create(fold, `fold ${foldText}`, true).id;
    const last = lastResort(key);
    const lastText = `fold ${keyText(last)}`;
    return (this.#byKey.get(lastText) ?? this.#create(last, lastText, true)).id;
  }

  add(id: number, values: Float64Array, count: number, weight: number): void {
    const series = this.#series[id];
    if (series === undefined) return;
    if (series.isFold) {
      this.#folded += count;
      // The latest value of many gauges, or the union of many sets, says nothing.
      if (series.shape === GAUGE || series.shape === SET) return;
    }
    if (!series.dirty) this.#touch(series);
    series.cell.addAll(values, count, weight);
    if (series.shape === GAUGE) series.value = values[count - 1]!;
    else if (this.#taken.bytes > this.#maxOpenBytes) this.#closeEarly();
  }

  adjust(id: number, change: number): void {
    const series = this.#series[id];
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
    const ten = floorTo(closed, COARSE);
    if (second >= ten + COARSE) {
      this.#timeline.compact(this.#shapeOf, Number.POSITIVE_INFINITY);
      this.#timeline.beginCompaction(ten, this.#series.length);
      this.#sweep(this.#retention * 1000);
    }
    this.#timeline.expire(second);
  }

  /** Closes what there is of the open second, so that nothing waits for its end. */
  closeNow(): void {
    this.tick();
    this.#closeOpen();
  }

  async metrics(): Promise<MetricInfo[]> {
    const infos: MetricInfo[] = [];
    const pause = breathe();
    for (const [name, members] of this.#byName) {
      const types = new Map<string, MetricInfo & { keys: Set<string> }>();
      for (const series of members) {
        let info = types.get(series.type);
        if (info === undefined) {
          info = { name, type: series.type, tagKeys: [], keys: new Set(), series: 0, last: 0 };
          types.set(series.type, info);
        }
        info.series++;
        info.last = Math.max(info.last ?? 0, series.lastAt);
        for (const [key] of series.tags) info.keys.add(key);
        const resting = pause();
        if (resting !== undefined) await resting;
      }
      for (const { keys, ...info } of types.values()) infos.push({ ...info, tagKeys: [...keys].sort() });
    }
    return infos;
  }

  async summary(query: SummaryQuery): Promise<Summary[]> {
    this.tick();
    const pause = breathe();
    const groups = await Groups.of(query, this.#candidates(query.names), pause);
    const withBins = query.quantiles.length > 0;
    await this.#collect(groups, seconds(query.from), secondsUp(query.to), withBins, pause);
    return groups.summaries(query.quantiles, pause);
  }

  async points(query: PointsQuery): Promise<PointsAnswer> {
    const pause = breathe();
    const groups = await Groups.of(query, this.#candidates(query.names), pause);
    const answer = groups.list.map((group) => ({
      ...group.identity,
      points: [] as PointsAnswer['series'][0]['points'],
    }));
    const withBins = query.quantiles.length > 0;
    const { start, step } = await this.#eachStep(query, groups, withBins, pause, (group, i) => {
      answer[i]!.points.push(group.point(query.quantiles));
    });
    return { start: start * 1000, step, series: answer };
  }

  async heat(query: Omit<PointsQuery, 'quantiles'>): Promise<HeatAnswer> {
    const pause = breathe();
    const groups = await Groups.of(query, this.#candidates(query.names), pause);
    const columns = groups.list.map(() => [] as Map<number, number>[]);
    const { start, step } = await this.#eachStep(query, groups, true, pause, (group, i) => {
      columns[i]!.push(heatColumn(group.cell));
    });
    return heatAnswer(
      { start: start * 1000, step },
      groups.list.map(({ identity: { name, tags } }, i) => ({ name, tags, columns: columns[i]! })),
    );
  }

  *totals(): Generator<Total> {
    this.tick();
    for (const series of this.#series) if (series !== undefined) yield series.total();
  }

  get bounds(): readonly number[] {
    return this.#bounds.values;
  }

  since(): number | undefined {
    return this.#since;
  }

  until(): number {
    return this.#clock();
  }

  async reset(): Promise<void> {
    const ids = new Set(this.#series.flatMap((series) => (series === undefined ? [] : [series.id])));
    this.#timeline.clear();
    this.#byKey.clear();
    this.#byName.clear();
    this.#series = [];
    this.#free = [];
    this.#dirty = [];
    this.#folds = 0;
    this.#text = 0;
    this.#taken.bytes = 0;
    this.#since = undefined;
    this.onForget?.(ids);
  }

  stats(): StoreStats {
    return {
      series: this.#byKey.size,
      folded: this.#folded,
      bytes: this.#timeline.bytes,
      maxBytes: this.#maxBytes,
      openBytes: this.#taken.bytes,
    };
  }

  /** The samples of the open second go into a page. */
  #closeOpen(): void {
    if (this.#dirty.length === 0) return;
    this.#timeline.add(this.#second, this.#series.length, cells(this.#dirty));
    for (const series of this.#dirty) {
      this.#folded += series.cell.folded;
      this.onClose?.(series, series.cell, this.#second);
      series.close();
    }
    this.#dirty = [];
  }

  /** Values all over the scale make bins all over the memory; in a page they take two bytes each. */
  #closeEarly(): void {
    this.#closeOpen();
    for (const series of this.#series) series?.cell.release();
    this.#timeline.expire(this.#second);
  }

  #hasRoom(text: string): boolean {
    return (
      this.#byKey.size - this.#folds < this.#maxSeries &&
      this.#text + text.length <= this.#maxSeries * TEXT_PER_SERIES
    );
  }

  readonly #shapeOf = (id: number) => this.#series[id]?.shape;

  #compactSome(): void {
    if (!this.#timeline.isCompacting) return;
    const now = performance.now();
    if (now - this.#compactedAt < COMPACT_EVERY_MS) return;
    this.#timeline.compact(this.#shapeOf, COMPACT_MS);
    this.#compactedAt = performance.now();
  }

  /** Runs `visit` for every step of a query and every group, whose cell holds that step's samples. */
  async #eachStep(
    query: { from: number; to: number; step: number },
    groups: Groups,
    withBins: boolean,
    pause: Pause,
    visit: (group: Group, index: number) => void,
  ): Promise<{ start: number; step: number }> {
    this.tick();
    const fine = this.#timeline.isFine(seconds(query.from), this.#second);
    const grain = fine ? 1 : COARSE;
    const step = Math.max(grain, Math.ceil(query.step / grain) * grain);
    const start = floorTo(seconds(query.from), step);
    const end = secondsUp(query.to);
    for (let at = start; at < end; at += step) {
      await this.#collect(groups, at, at + step, withBins, pause);
      for (const [i, group] of groups.list.entries()) {
        visit(group, i);
        group.cell.clear();
        const resting = pause();
        if (resting !== undefined) await resting;
      }
    }
    return { start, step };
  }

  async #collect(groups: Groups, from: number, to: number, withBins: boolean, pause: Pause): Promise<void> {
    // Seconds that close while this rests are read then: a sample is in a page or in an open cell, never in none.
    for (let start = from; ; ) {
      const open = this.#second;
      for (const page of [...this.#timeline.pages(start, Math.min(to, open), open)]) {
        for (const [series, group] of groups.members) {
          page.mergeInto(series.id, group.cell, withBins);
          const resting = pause();
          if (resting !== undefined) await resting;
        }
      }
      if (open === this.#second || open >= to) break;
      start = Math.max(from, open);
    }
    const open = this.#second;
    if (open < from || open >= to) return;
    for (const page of this.#timeline.pages(open, open + 1, open)) {
      for (const [series, group] of groups.members) page.mergeInto(series.id, group.cell, withBins);
    }
    for (const [series, group] of groups.members) if (series.dirty) group.cell.merge(series.cell);
  }

  *#candidates(names: readonly string[]): Generator<Series> {
    for (const name of new Set(names)) yield* this.#byName.get(name) ?? [];
  }

  #create(key: SeriesKey, text: string, isFold: boolean): Series {
    const id = this.#free.pop() ?? this.#series.length;
    const series = new Series(id, key, text, isFold, this.#second * 1000, {
      bounds: this.#bounds,
      taken: this.#taken,
    });
    this.#series[id] = series;
    this.#byKey.set(text, series);
    let named = this.#byName.get(key.name);
    if (named === undefined) {
      named = new Set();
      this.#byName.set(key.name, named);
    }
    named.add(series);
    if (isFold) this.#folds++;
    this.#text += text.length;
    return series;
  }

  #touch(series: Series): void {
    series.dirty = true;
    series.lastAt = this.#second * 1000;
    this.#since ??= this.#clock();
    this.#dirty.push(series);
  }

  /** Forgets series without samples for so long. */
  #sweep(idleMs: number): void {
    const before = this.#second * 1000 - idleMs;
    const gone = new Set<number>();
    for (const series of this.#series) {
      if (series === undefined || series.dirty) continue;
      if (series.lastAt < this.#second * 1000 - REST_MS) series.cell.release();
      if (series.lastAt >= before) continue;
      gone.add(series.id);
      series.cell.release();
      this.#text -= series.key.length;
      this.#byKey.delete(series.key);
      const named = this.#byName.get(series.name)!;
      named.delete(series);
      if (named.size === 0) this.#byName.delete(series.name);
      if (series.isFold) this.#folds--;
      this.#series[series.id] = undefined;
      this.#free.push(series.id);
    }
    if (gone.size === 0) return;
    this.#timeline.forget(gone);
    this.onForget?.(gone);
  }
}

function* cells(list: readonly Series[]): Generator<readonly [number, Cell]> {
  for (const series of list) yield [series.id, series.cell];
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function secondsUp(ms: number): number {
  return Math.floor(ms / 1000) + 1;
}
