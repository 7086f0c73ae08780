/**
 * What the server knows of the samples that arrived, and the questions that the API asks of it.
 *
 *     ingest ──open/add──> Recorder        API ──await──> Reader
 *                              └── memory/ does both ──┘    └── promql/ asks an engine
 *
 * Reading is asynchronous, so that an engine across the network can stand behind it; writing is not, since
 * it happens for every sample. Times are Unix milliseconds on the store's clock, values are as they were
 * sent (timings in ms), weights are 1 / sample rate.
 */
export type MetricType = 'count' | 'gauge' | 'timing' | 'histogram' | 'distribution' | 'set';

export type Tag = readonly [key: string, value: string];

/** One series. `tags` are sorted by key, each key once. */
export interface SeriesKey {
  name: string;
  type: MetricType;
  tags: readonly Tag[];
}

export interface Recorder {
  /** The number that stands for a series from now on. At the cap it is that of the series it folds into. */
  open(key: SeriesKey): number;
  /** The first `count` of the values go to a series. For sets, a value is a number that stands for a member. */
  add(series: number, values: Float64Array, count: number, weight: number): void;
  /** The same at a time of its own, in Unix seconds: before now, and within the retention. */
  addAt(series: number, values: Float64Array, count: number, weight: number, second: number): void;
  /** Changes a gauge by so much. */
  adjust(series: number, change: number): void;
  /** Lets the time go on: closes slots, drops what is older than the retention. Cheap when nothing is due. */
  tick(): void;
  /** Called with the series that are no more, before their numbers are given to others. */
  onForget: ((series: ReadonlySet<number>) => void) | undefined;
}

/** Which series: by name, by type, by exact tag values. */
export interface Selection {
  names: readonly string[];
  types?: readonly MetricType[];
  where?: Readonly<Record<string, string>>;
  /**
   * Series with the same values of these tags are merged, whatever their other tags; '' where one has none.
   * A list counts as one tag: the first of them that has a value, answered under the first one's name.
   */
  by: readonly (string | readonly string[])[];
  /** Samples from here ... */
  from: number;
  /** ... to here. Both are widened to the store's slots. */
  to: number;
}

/** The sum of several series over a time. */
export interface Summary {
  name: string;
  type: MetricType;
  tags: Readonly<Record<string, string>>;
  /** Samples, each with its weight. */
  count: number;
  /** Of values by weight; the number of distinct members for a set. */
  sum: number;
  min: number | null;
  max: number | null;
  /** Gauges: the latest value of each series; of several their mean. */
  last: number | null;
  /** Gauges: the latest values of their series, added up; how many series; and the value that came last of all. */
  level?: Level;
  /** One for each quantile asked for; null without samples, or where the type has none. */
  quantiles: (number | null)[];
  /** How far each can be off the exact lower-rank one, relative to it: 0.01 is 1 %. null where there is none. */
  errors: (number | null)[];
}

export interface Level {
  sum: number;
  senders: number;
  /** null where the store does not know which came last. */
  latest: number | null;
}

export interface SummaryQuery extends Selection {
  /** Between 0 and 1. Without any, a store need not touch its sketches. */
  quantiles: readonly number[];
  /**
   * What is looked at: `counts` leaves `sum`, `min` and `max` aside, `means` the last two. A store that has them
   * at hand may answer them all the same; another says 0 and null. Default `all`.
   */
  need?: Need;
}

export type Need = 'counts' | 'means' | 'all';

export interface PointsQuery extends SummaryQuery {
  /** Width of a point in seconds. */
  step: number;
  /** Of more series than so many, those with the largest values of a statistic, and the others as one. */
  top?: Top;
}

export interface Top {
  most: number;
  /** As in `/api/query`; of a percentile the first quantile that is asked for. */
  stat: string;
}

/** One series of points; each point is null where no sample was. */
export interface Points {
  name: string;
  type: MetricType;
  tags: Readonly<Record<string, string>>;
  points: (Omit<Summary, 'name' | 'type' | 'tags'> | null)[];
  /** Stands for so many series that are not told one by one. */
  others?: number;
}

export interface PointsAnswer {
  /** Time of the first point, and the width actually used: a multiple of what the slots allow. */
  start: number;
  step: number;
  series: Points[];
}

/** Samples by value and time: `points[i][b]` counts values in (bins[b - 1], bins[b]] at point i. */
export interface HeatAnswer {
  start: number;
  step: number;
  bins: number[];
  series: { name: string; tags: Readonly<Record<string, string>>; points: number[][]; others?: number }[];
}

export interface MetricInfo {
  name: string;
  type: MetricType;
  tagKeys: string[];
  series: number;
  /** When its last sample arrived; null where the store does not know. */
  last: number | null;
  /** The value that came last; null for sets, and where the store does not know. */
  value: number | null;
  /** Per second over the last ten whole slots: what counters counted, samples of all else. null where not known. */
  rate: number | null;
  /** Some values were below zero. */
  decreases?: boolean;
  /** In the engine's alphabet, where an engine has it. */
  stored?: string;
}

/** Each method of a store across the network rejects with a `StoreError` where its engine has no answer. */
export interface Reader {
  /** Times are widened to multiples of it, in ms. */
  readonly slotMs: number;
  /** Samples of the past can still come in: answers about it are worth asking again after so many ms. 0: they cannot. */
  readonly settleMs: number;
  /** Unix ms of the last moment that answers know of: now, or the end of the last slot that is complete. */
  until(): number;
  metrics(): Promise<MetricInfo[]>;
  summary(query: SummaryQuery): Promise<Summary[]>;
  points(query: PointsQuery): Promise<PointsAnswer>;
  heat(query: Omit<PointsQuery, 'quantiles'>): Promise<HeatAnswer>;
  /** When the first sample since the start or the last reset arrived; undefined before it. */
  since(): number | undefined;
}

export interface StoreStats {
  series: number;
  /** Samples that went into a folded series since the start. */
  folded: number;
  /** Bytes held in closed slots, and their bound. */
  bytes: number;
  maxBytes: number;
  /** Bytes of bins and set members of the slot that is still open, and of what is kept for the next. */
  openBytes: number;
}

/** One series since it was first seen; what the Prometheus endpoint shows. */
export interface Total extends SeriesKey {
  /** Of the store; others can have it later. */
  id: number;
  count: number;
  /** Of values by weight; the latest value of a gauge. */
  sum: number;
  /** What of the sum was counted down: of values below zero, without their sign. */
  down: number;
  /** Unix second of the latest value. */
  at: number;
  /** Of sketches: samples by bin of the mapping. */
  bins: Bins | undefined;
}

/** Counts by bin, those in use, ascending. */
export interface Bins {
  readonly keys: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
  readonly size: number;
  /** Some weight was no whole number. */
  readonly fractions: boolean;
}

/** What a series of the store had of late. */
export interface Lately {
  /** Distinct members of a set. */
  members: number;
  /** Least and greatest of a sketch; null without samples. */
  min: number | null;
  max: number | null;
}

export interface Store extends Recorder, Reader {
  /** Counts, what was counted up and down, and bins never fall while a series lives. */
  totals(): Iterable<Total>;
  /** Sets and sketches over the last so many seconds, by the number of the series. */
  lately(seconds: number): Promise<ReadonlyMap<number, Lately>>;
  /** Forgets all samples and series. */
  reset(): Promise<void>;
  stats(): StoreStats;
}
