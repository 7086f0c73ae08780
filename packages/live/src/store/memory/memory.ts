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
import { Cell, GAUGE, SET, SKETCH, type Taken } from './cell.ts';
import { foldOf, lastResort } from './fold.ts';
import { type Group, Groups } from './groups.ts';
import { heatColumn } from './heat.ts';
import type { Page } from './page.ts';
import { RECENT_SECONDS } from './recent.ts';
import { keyText, Series } from './series.ts';
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

/** Late samples that are held apart by second and series before they are put where they belong. */
const MAX_LATE = 20_000;

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
  /** Samples that came after their second was over: by second, then by series. */
  readonly #late = new Map<number, Map<Series, Cell>>();
  #lateCells = 0;
  /** Called with what is known of a series that is no more. */
  onRetire: ((total: Total) => void) | undefined;
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
    series.cell.addAll(values, count, weight, this.#second);
    if (series.shape === GAUGE) series.setValue(values[count - 1]!, this.#second);
    else if (this.#taken.bytes > this.#maxOpenBytes) this.#closeEarly();
  }

  addAt(id: number, values: Float64Array, count: number, weight: number, second: number): void {
    if (second >= this.#second) {
      this.add(id, values, count, weight);
      return;
    }
    const series = this.#series[id];
    if (series === undefined) return;
    if (series.isFold) {
      this.#folded += count;
      if (series.shape === GAUGE || series.shape === SET) return;
    }
    let cells = this.#late.get(second);
    if (cells === undefined) {
      cells = new Map();
      this.#late.set(second, cells);
    }
    let cell = cells.get(series);
    if (cell === undefined) {
      cell = new Cell(series.shape, this.#taken);
      cells.set(series, cell);
      this.#lateCells++;
    }
    cell.addAll(values, count, weight, second);
    if (series.shape === GAUGE) series.setValue(values[count - 1]!, second);
    series.lastAt = this.#second * 1000;
    series.firstAt = Math.min(series.firstAt, second);
    this.#since = Math.min(this.#since ?? second * 1000, second * 1000);
    if (this.#lateCells >= MAX_LATE || this.#taken.bytes > this.#maxOpenBytes) this.#closeLate();
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
    this.#closeLate();
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
    this.#closeLate();
  }

  async metrics(): Promise<MetricInfo[]> {
    this.tick();
    this.#closeLate();
    const infos: MetricInfo[] = [];
    const pause = breathe();
    const since = Math.floor((this.#since ?? 0) / 1000);
    const whole = Math.min(RECENT_SECONDS, Math.max(0, this.#second - since));
    for (const [name, members] of this.#byName) {
      const types = new Map<string, MetricInfo & { keys: Set<string>; at: number; counted: number }>();
      for (const series of members) {
        const { type, shape } = series;
        let info = types.get(type);
        if (info === undefined) {
          const none = { value: null, rate: null, at: 0, counted: 0 };
          info = { name, type, tagKeys: [], keys: new Set(), series: 0, last: 0, ...none };
          types.set(type, info);
        }
        info.series++;
        info.last = Math.max(info.last ?? 0, series.lastAt);
        if (series.hasFallen || series.cell.down > 0) info.decreases = true;
        info.counted += series.recent.sum(this.#second, whole);
        const [value, at] = series.dirty ? [series.cell.last, this.#second] : [series.value, series.valueAt];
        if (shape !== SET && at >= info.at) {
          info.value = value;
          info.at = at;
        }
        for (const [key] of series.tags) info.keys.add(key);
        const resting = pause();
        if (resting !== undefined) await resting;
      }
      for (const { keys, at: _, counted, ...info } of types.values()) {
        const rate = whole > 0 ? counted / whole : null;
        infos.push({ ...info, rate, tagKeys: [...keys].sort() });
      }
    }
    return infos;
  }

  async summary(query: SummaryQuery): Promise<Summary[]> {
    this.tick();
    this.#closeLate();
    const pause = breathe();
    const groups = await Groups.of(query, this.#candidates(query.names), pause);
    await this.#window(query, groups, pause);
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
    const { start, step } = await this.#eachStep(query, groups, withBins, pause, (group, i) => {
      answer[i]!.points.push(group.point(query.quantiles));
    });
    return { start: start * 1000, step, series: answer };
  }

  async heat(query: Omit<PointsQuery, 'quantiles'>): Promise<HeatAnswer> {
    const pause = breathe();
    const groups = await this.#groups(query, [], pause);
    const columns = groups.list.map(() => [] as Map<number, number>[]);
    const { start, step } = await this.#eachStep(query, groups, true, pause, (group, i) => {
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
    for (const series of [...this.#series]) {
      if (series === undefined || (series.shape !== SET && series.shape !== SKETCH)) continue;
      // Its number can have been given to another one meanwhile.
      if (this.#series[series.id] !== series) continue;
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
    for (const series of this.#series) if (series !== undefined) yield series.total();
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
    this.#late.clear();
    this.#lateCells = 0;
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
      this.onClose?.(series, series.cell, this.#second);
      series.close(this.#second);
    }
    this.#dirty = [];
  }

  /** Late samples go to the slots of their time, and into the totals. */
  #closeLate(): void {
    if (this.#late.size === 0) return;
    const late = [...this.#late].sort(([a], [b]) => a - b);
    this.#late.clear();
    this.#lateCells = 0;
    for (const [second, cells] of late) {
      const found: [number, Cell][] = [];
      for (const [series, cell] of cells) {
        if (this.#series[series.id] === series) found.push([series.id, cell]);
      }
      this.#timeline.addLate(second, this.#series.length, found, this.#second, this.#shapeOf);
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

  /** The groups of a question: where they are too many, the largest of its time, and the others as one. */
  async #groups(
    query: Omit<PointsQuery, 'quantiles'>,
    quantiles: readonly number[],
    pause: Pause,
  ): Promise<Groups> {
    this.tick();
    this.#closeLate();
    const groups = await Groups.of(query, this.#candidates(query.names), pause);
    const { top } = query;
    if (top === undefined || groups.list.length <= top.most) return groups;
    await this.#window({ ...query, quantiles }, groups, pause);
    groups.keep(top.most, (group) => rankOf(group.point(quantiles), group.identity.type, top.stat));
    for (const { cell, levels } of groups.list) {
      cell.clear();
      levels.clear();
    }
    return groups;
  }

  /** All of a question's time at once. */
  async #window(query: SummaryQuery, groups: Groups, pause: Pause): Promise<void> {
    const from = seconds(query.from);
    await this.#standing(groups, from, pause);
    await this.#collect(groups, from, secondsUp(query.to), query.quantiles.length > 0, pause);
  }

  /** Runs `visit` for every step of a query and every group, whose cell holds that step's samples. */
  async #eachStep(
    query: { from: number; to: number; step: number },
    groups: Groups,
    withBins: boolean,
    pause: Pause,
    visit: (group: Group, index: number) => void,
  ): Promise<{ start: number; step: number }> {
    const fine = this.#timeline.isFine(seconds(query.from), this.#second);
    const grain = fine ? 1 : COARSE;
    const step = Math.max(grain, Math.ceil(query.step / grain) * grain);
    const start = floorTo(seconds(query.from), step);
    const end = secondsUp(query.to);
    await this.#standing(groups, start, pause);
    for (let at = start; at < end; at += step) {
      // Nothing is known of the time to come.
      if (at > this.#second) for (const { levels } of groups.list) levels.clear();
      await this.#collect(groups, at, Math.min(at + step, end), withBins, pause);
      for (const [i, group] of groups.list.entries()) {
        visit(group, i);
        group.cell.clear();
        const resting = pause();
        if (resting !== undefined) await resting;
      }
    }
    return { start, step };
  }

  /** The values at which gauges stand when a time begins. */
  async #standing(groups: Groups, from: number, pause: Pause): Promise<void> {
    let open = groups.members.filter(([{ shape, firstAt }]) => shape === GAUGE && firstAt < from);
    for (const page of this.#timeline.before(from, this.#second)) {
      if (open.length === 0) return;
      const rest: typeof open = [];
      for (const member of open) {
        const [series, group] = member;
        const level = page.lastOf(series.id);
        if (level === undefined) rest.push(member);
        else group.setLevel(series, level.value, level.at);
        const resting = pause();
        if (resting !== undefined) await resting;
      }
      open = rest;
    }
  }

  async #collect(groups: Groups, from: number, to: number, withBins: boolean, pause: Pause): Promise<void> {
    // Seconds that close while this rests are read then: a sample is in a page or in an open cell, never in none.
    for (let start = from; ; ) {
      const open = this.#second;
      for (const page of [...this.#timeline.pages(start, Math.min(to, open), open)]) {
        for (const [series, group] of groups.members) {
          read(page, series, group, withBins);
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
      for (const [series, group] of groups.members) read(page, series, group, withBins);
    }
    for (const [series, group] of groups.members) {
      if (!series.dirty) continue;
      group.cell.merge(series.cell);
      if (series.shape === GAUGE) group.setLevel(series, series.cell.last, open);
    }
  }

  *#candidates(names: readonly string[]): Generator<Series> {
    for (const name of new Set(names)) yield* this.#byName.get(name) ?? [];
  }

  #create(key: SeriesKey, text: string, isFold: boolean): Series {
    const id = this.#free.pop() ?? this.#series.length;
    const series = new Series(id, key, text, isFold, this.#second * 1000, this.#taken);
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
      this.onRetire?.(series.total());
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

/** What a page has of a series goes to its group. */
function read(page: Page, series: Series, group: Group, withBins: boolean): void {
  page.mergeInto(series.id, group.cell, withBins);
  if (series.shape !== GAUGE) return;
  const level = page.lastOf(series.id);
  if (level !== undefined) group.setLevel(series, level.value, level.at);
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
