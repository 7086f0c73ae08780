import type { SeriesKey } from '../store.ts';
import type { Shape, Taken } from './cell.ts';
import { foldOf, lastResort } from './fold.ts';
import { keyText, Series } from './series.ts';

/** Characters of names and tags, on average: a line can have 65,536 of them. */
const TEXT_PER_SERIES = 2048;
/** Series beyond the cap that stand for the folded ones. */
const MAX_FOLDS = 256;
/** At the cap, a series without samples for so long makes room for a new one. */
const IDLE_MS = 600_000;
/** A series without samples for so long gives its bins' memory back until the next one. */
const REST_MS = 60_000;

/** The series there are, by number, key and name: so many at the most, and what comes beyond folds. */
export class Registry {
  readonly #maxSeries: number;
  /** Of all series' open cells. */
  readonly #taken: Taken;
  /** Called with the series that a sweep has taken out. */
  readonly #onGone: (gone: readonly Series[]) => void;
  readonly #byKey = new Map<string, Series>();
  readonly #byName = new Map<string, Set<Series>>();
  #series: (Series | undefined)[] = [];
  #free: number[] = [];
  #folds = 0;
  /** Characters of the keys of all series. */
  #text = 0;
  #sweptAt = 0;

  constructor(maxSeries: number, taken: Taken, onGone: (gone: readonly Series[]) => void) {
    this.#maxSeries = maxSeries;
    this.#taken = taken;
    this.#onGone = onGone;
  }

  /** Series there are, with those that stand for others. */
  get size(): number {
    return this.#byKey.size;
  }

  /** One more than the highest number of a series. */
  get length(): number {
    return this.#series.length;
  }

  get byName(): ReadonlyMap<string, ReadonlySet<Series>> {
    return this.#byName;
  }

  at(id: number): Series | undefined {
    return this.#series[id];
  }

  readonly shapeOf = (id: number): Shape | undefined => this.#series[id]?.shape;

  *all(): Generator<Series> {
    for (const series of this.#series) if (series !== undefined) yield series;
  }

  *named(names: readonly string[]): Generator<Series> {
    for (const name of new Set(names)) yield* this.#byName.get(name) ?? [];
  }

  /** The series of a key; at the cap, one that stands for several. `second`: the present one. */
  open(key: SeriesKey, second: number): Series {
    const text = keyText(key);
    const known = this.#byKey.get(text);
    if (known !== undefined) return known;
    if (!this.#hasRoom(text) && this.#sweptAt !== second) {
      // At most once a second, since it looks at all series.
      this.#sweptAt = second;
      this.sweep(IDLE_MS, second);
    }
    if (this.#hasRoom(text)) return this.#create(key, text, false, second);
    const fold = foldOf(key);
    const foldText = `fold ${keyText(fold)}`;
    const folded = this.#byKey.get(foldText);
    if (folded !== undefined) return folded;
    if (this.#folds < MAX_FOLDS) return this.#create(fold, foldText, true, second);
    const last = lastResort(key);
    const lastText = `fold ${keyText(last)}`;
    return this.#byKey.get(lastText) ?? this.#create(last, lastText, true, second);
  }

  /** Takes out the series without samples for so long. */
  sweep(idleMs: number, second: number): void {
    const before = second * 1000 - idleMs;
    const restBefore = second * 1000 - REST_MS;
    const gone: Series[] = [];
    for (const series of this.all()) {
      if (series.dirty) continue;
      if (series.lastAt < restBefore) series.cell.release();
      if (series.lastAt >= before) continue;
      gone.push(series);
      this.#delete(series);
    }
    if (gone.length > 0) this.#onGone(gone);
  }

  clear(): void {
    this.#byKey.clear();
    this.#byName.clear();
    this.#series = [];
    this.#free = [];
    this.#folds = 0;
    this.#text = 0;
  }

  #hasRoom(text: string): boolean {
    return (
      this.#byKey.size - this.#folds < this.#maxSeries &&
      this.#text + text.length <= this.#maxSeries * TEXT_PER_SERIES
    );
  }

  #create(key: SeriesKey, text: string, isFold: boolean, second: number): Series {
    const id = this.#free.pop() ?? this.#series.length;
    const series = new Series(id, key, text, isFold, second * 1000, this.#taken);
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

  #delete(series: Series): void {
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
}
