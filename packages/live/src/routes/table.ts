import { breathe } from '../store/breathe.ts';
import type { MetricInfo, PointsQuery, Reader, Summary } from '../store/store.ts';
import { type Recogniser, type RouteMetric, TIMINGS } from './recogniser.ts';

export const QUANTILES = [0.5, 0.95, 0.99] as const;
const SPARK_SECONDS = 300;
const SPARK_STEP = 10;
const MAX_SPARK_QUESTIONS = 16;
const MAX_TAG_KEYS = 20;
const MAX_TAG_VALUES = 50;
const MAX_TAG_VALUE = 200;

/** In milliseconds. */
export interface Times {
  mean: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
  /** How far each of the percentiles can be off, relative to the exact one: 0.01 is 1 %. */
  within: number | null;
}

export interface RouteRow {
  /** The metric that it was read from. */
  metric: string;
  service: string;
  route: string;
  method: string;
  count: number;
  /** Requests per second. */
  rate: number;
  errors: number;
  aborted: number;
  status: Record<string, number>;
  wall: Times;
  cpu: Times | null;
  stalled: { mean: number } | null;
  loopBusy: { mean: number } | null;
  idle: { mean: number } | null;
  /** p95 for each ten seconds of the last five minutes. */
  spark: (number | null)[];
  /** Present when further quantiles were asked for. */
  more?: { wall: Further; cpu: Further; cpuCount: number };
}

/** Quantiles, each with how far it can be off. */
export interface Further {
  values: (number | null)[];
  errors: (number | null)[];
}

/** More than the table itself shows. */
export interface RowsOptions {
  /** Further quantiles of wall and CPU time, answered in `more`. */
  quantiles?: readonly number[];
  /** Whether the rows have their sparks. Default true. */
  spark?: boolean;
  /** Only samples with these tag values. A companion without such a tag counts as not sent. */
  where?: Readonly<Record<string, string>>;
}

export interface Range {
  from: number;
  to: number;
  /** Seconds that rates are per: the window, or less when the first sample is younger. */
  elapsed: number;
}

/** Builds the table of routes from what every recogniser finds. */
export class RouteTable {
  readonly #reader: Reader;
  readonly #recognisers: readonly Recogniser[];
  /** By question, the one asked last at the end; then by the Unix ms of the ten seconds, then by route. */
  readonly #closedSparks = new Map<string, Map<number, Map<string, number | null>>>();

  constructor(reader: Reader, recognisers: readonly Recogniser[]) {
    this.#reader = reader;
    this.#recognisers = recognisers;
  }

  /** Busiest first: by rate times mean, the total time. */
  async rows(range: Range, options: RowsOptions = {}): Promise<RouteRow[]> {
    const metrics = await this.#reader.metrics();
    const rows: RouteRow[] = [];
    for (const { recogniser, found } of this.#find(metrics)) {
      rows.push(...(await this.#read(recogniser, found, range, options)));
    }
    return rows.sort((a, b) => b.count * (b.wall.mean ?? 0) - a.count * (a.wall.mean ?? 0));
  }

  /**
   * The tags that the requests of this time carry: at most 20 keys with at most 50 values each, those of
   * the most requests, in the order of the alphabet. Values longer than 200 characters are left out.
   */
  async tags({ from, to }: Range): Promise<Record<string, string[]>> {
    const metrics = await this.#reader.metrics();
    const names = this.#find(metrics).flatMap(({ found }) => found.map((one) => one.metric));
    const wanted = new Set(names);
    const carried = metrics.filter((one) => wanted.has(one.name) && TIMINGS.includes(one.type));
    const keys = [...new Set(carried.flatMap((one) => one.tagKeys))].sort().slice(0, MAX_TAG_KEYS);
    const summaries = await this.#reader.summary({
      names,
      types: TIMINGS,
      by: keys,
      from,
      to,
      quantiles: [],
    });
    const counts = new Map(keys.map((key) => [key, new Map<string, number>()]));
    const pause = breathe();
    for (const { tags, count } of summaries) {
      for (const [key, values] of counts) {
        const value = tags[key] ?? '';
        if (value !== '' && value.length <= MAX_TAG_VALUE)
          values.set(value, (values.get(value) ?? 0) + count);
      }
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    const answer: Record<string, string[]> = Object.create(null);
    for (const [key, values] of counts) {
      const most = [...values].sort((a, b) => b[1] - a[1]).slice(0, MAX_TAG_VALUES);
      if (most.length > 0) answer[key] = most.map(([value]) => value).sort();
    }
    return answer;
  }

  #find(metrics: readonly MetricInfo[]): { recogniser: Recogniser; found: RouteMetric[] }[] {
    const taken = new Set<string>();
    return this.#recognisers.flatMap((recogniser) => {
      const found = recogniser.find(metrics).filter((one) => !taken.has(one.metric));
      for (const one of found) taken.add(one.metric);
      return found.length > 0 ? [{ recogniser, found }] : [];
    });
  }

  async #read(
    recogniser: Recogniser,
    found: readonly RouteMetric[],
    range: Range,
    { quantiles: more, spark = true, where = {} }: RowsOptions,
  ): Promise<RouteRow[]> {
    const { tags } = recogniser;
    const by = [tags.service, tags.route, tags.method].filter((keys) => keys.length > 0);
    const outcome = [tags.status, ['aborted'], ['error']].filter((keys) => keys.length > 0);
    const names = found.map((one) => one.metric);
    const companions = (part: 'cpu' | 'stalled' | 'loopBusy') => found.flatMap((one) => one[part] ?? []);
    const { from, to } = range;
    const reader = this.#reader;
    // Who asks for none wants counts alone: a store then need not touch its sketches.
    const quantiles = more?.length === 0 ? [] : [...QUANTILES, ...(more ?? [])];
    const counters = found.flatMap((one) => (one.statuses ?? []).map((status) => status.metric));
    // Side by side, since an engine across the network answers several at once.
    const [walls, outcomes, cpus, others, statuses, sparks] = await Promise.all([
      reader.summary({ names, where, by, from, to, quantiles }),
      reader.summary({ names, where, by: [...by, ...outcome], from, to, quantiles: [] }),
      reader.summary({ names: companions('cpu'), where, by, from, to, quantiles }),
      reader.summary({
        names: [...companions('stalled'), ...companions('loopBusy')],
        where,
        by,
        from,
        to,
        quantiles: [],
      }),
      counters.length === 0
        ? []
        : reader.summary({ names: counters, where, by: [], from, to, quantiles: [] }),
      spark ? this.#sparks({ names, where, by, to }) : new Map<string, (number | null)[]>(),
    ]);

    const pause = breathe();
    const byName = new Map(found.map((one) => [one.metric, one]));
    const id = (name: string, values: Summary['tags']) =>
      JSON.stringify([name, by.map((keys) => values[keys[0]!])]);
    const partsOf = new Map<string, Summary>();
    for (const part of [...cpus, ...others]) {
      partsOf.set(id(part.name, part.tags), part);
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    const rows = new Map<string, RouteRow>();
    for (const wall of walls) {
      const resting = pause();
      if (resting !== undefined) await resting;
      const source = byName.get(wall.name)!;
      if (!source.types.includes(wall.type)) continue;
      const part = (name: string | undefined) =>
        name === undefined ? undefined : partsOf.get(id(name, wall.tags));
      const cpu = part(source.cpu);
      const row: RouteRow = {
        metric: wall.name,
        service: tagOf(wall, tags.service) || source.service || '',
        route: tagOf(wall, tags.route) || source.route || '(none)',
        method: (tagOf(wall, tags.method) || source.method || '').toUpperCase(),
        count: wall.count,
        rate: wall.count / range.elapsed,
        errors: 0,
        aborted: 0,
        status: {},
        wall: times(wall, source.toMs),
        cpu: cpu === undefined ? null : times(cpu, source.toMs),
        stalled: meanOf(part(source.stalled)),
        loopBusy: meanOf(part(source.loopBusy)),
        idle: null,
        spark: (sparks.get(id(wall.name, wall.tags)) ?? emptySpark()).map((p) =>
          p === null ? null : p * source.toMs,
        ),
      };
      if (row.method === 'OTHER') row.method = 'other';
      if (more !== undefined) {
        row.more = {
          wall: furtherOf(wall, source.toMs),
          cpu: cpu === undefined ? { values: [], errors: [] } : furtherOf(cpu, source.toMs),
          cpuCount: cpu?.count ?? 0,
        };
      }
      row.idle = idleOf(row);
      rows.set(id(wall.name, wall.tags), row);
    }
    for (const one of outcomes) {
      const row = rows.get(id(one.name, one.tags));
      if (row !== undefined) addOutcome(row, one, tagOf(one, tags.status));
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    for (const source of found) {
      for (const { metric, status } of source.statuses ?? []) {
        const row = [...rows.values()].find((one) => one.metric === source.metric);
        const sum = statuses.find((one) => one.name === metric)?.sum ?? 0;
        if (row !== undefined && sum > 0) addStatus(row, status, sum);
      }
    }
    return [...rows.values()];
  }

  /** Tens of seconds that are over do not change: only the open one, and what is new, is asked for. */
  async #sparks(
    query: Pick<PointsQuery, 'names' | 'where' | 'by' | 'to'>,
  ): Promise<Map<string, (number | null)[]>> {
    const { settleMs } = this.#reader;
    const step = SPARK_STEP * 1000;
    const open = Math.floor(query.to / step) * step;
    const first = open - SPARK_SECONDS * 1000 + step;
    const key = JSON.stringify([
      query.names,
      Object.entries(query.where ?? {}),
      query.by,
      this.#reader.since(),
      // What came late is seen then.
      settleMs > 0 ? Math.floor(query.to / settleMs) : 0,
    ]);
    let closed = this.#closedSparks.get(key);
    if (closed === undefined) {
      // One entry for each recogniser, and a few whose metrics or filters were others.
      for (const oldest of this.#closedSparks.keys()) {
        if (this.#closedSparks.size < MAX_SPARK_QUESTIONS) break;
        this.#closedSparks.delete(oldest);
      }
      closed = new Map();
    } else this.#closedSparks.delete(key);
    this.#closedSparks.set(key, closed);
    let missing = first;
    while (closed.has(missing)) missing += step;
    if (missing < open) await this.#p95s(query, missing, open - 1, closed);
    for (const ten of closed.keys()) if (ten < first) closed.delete(ten);
    const last = new Map<number, Map<string, number | null>>();
    await this.#p95s(query, open, query.to, last);

    const sparks = new Map<string, (number | null)[]>();
    const pause = breathe();
    for (let i = 0, ten = first; ten <= open; i++, ten += step) {
      for (const [id, p95] of (ten === open ? last : closed).get(ten) ?? []) {
        let spark = sparks.get(id);
        if (spark === undefined) {
          spark = emptySpark();
          sparks.set(id, spark);
        }
        spark[i] = p95;
        const resting = pause();
        if (resting !== undefined) await resting;
      }
    }
    return sparks;
  }

  /** Adds an entry for each ten seconds from `from` to `to`, even where nothing was. */
  async #p95s(
    query: Pick<PointsQuery, 'names' | 'where' | 'by'>,
    from: number,
    to: number,
    into: Map<number, Map<string, number | null>>,
  ): Promise<void> {
    const { names, where = {}, by } = query;
    const answer = await this.#reader.points({
      names,
      where,
      by,
      from,
      to,
      step: SPARK_STEP,
      quantiles: [0.95],
    });
    const tens: Map<string, number | null>[] = [];
    for (let ten = from; ten <= to; ten += SPARK_STEP * 1000) {
      const found = new Map<string, number | null>();
      tens.push(found);
      into.set(ten, found);
    }
    const pause = breathe();
    for (const series of answer.series) {
      const values = by.map((keys) => series.tags[typeof keys === 'string' ? keys : keys[0]!]);
      const id = JSON.stringify([series.name, values]);
      for (const [i, point] of series.points.entries()) {
        const p95 = point?.quantiles[0] ?? null;
        if (p95 !== null) tens[i]?.set(id, p95);
      }
      const resting = pause();
      if (resting !== undefined) await resting;
    }
  }
}

function emptySpark(): (number | null)[] {
  return Array<number | null>(SPARK_SECONDS / SPARK_STEP).fill(null);
}

function tagOf(summary: Summary, keys: readonly string[]): string {
  return keys.length === 0 ? '' : (summary.tags[keys[0]!] ?? '');
}

export function times(summary: Summary, toMs: number): Times {
  const scaled = (value: number | null | undefined) => (value == null ? null : value * toMs);
  const [p50, p95, p99] = summary.quantiles;
  const errors = summary.errors.slice(0, QUANTILES.length).filter((one) => one !== null);
  return {
    mean: summary.count > 0 ? (summary.sum / summary.count) * toMs : null,
    p50: scaled(p50),
    p95: scaled(p95),
    p99: scaled(p99),
    max: scaled(summary.max),
    within: errors.length > 0 ? Math.max(...errors) : null,
  };
}

/** The quantiles that were asked for beside the usual ones. */
function furtherOf({ quantiles, errors }: Summary, toMs: number): Further {
  const values = quantiles.slice(QUANTILES.length).map((value) => (value === null ? null : value * toMs));
  return { values, errors: errors.slice(QUANTILES.length) };
}

function meanOf(summary: Summary | undefined): { mean: number } | null {
  return summary === undefined || summary.count === 0 ? null : { mean: summary.sum / summary.count };
}

/** What is left of the wall time; known only where all its other parts were sent. */
function idleOf(row: RouteRow): { mean: number } | null {
  if (row.cpu?.mean == null || row.stalled === null || row.loopBusy === null || row.wall.mean === null)
    return null;
  return { mean: Math.max(0, row.wall.mean - row.cpu.mean - row.stalled.mean - row.loopBusy.mean) };
}

function addOutcome(row: RouteRow, outcome: Summary, status: string): void {
  const failed = Number(status) >= 500 || (outcome.tags.error ?? '') !== '';
  if (failed) row.errors += outcome.count;
  const aborted = outcome.tags.aborted ?? '';
  if (aborted === 'true' || aborted === '1') row.aborted += outcome.count;
  if (status !== '') setCount(row.status, status, outcome.count);
}

function addStatus(row: RouteRow, status: string, count: number): void {
  setCount(row.status, status, count);
  if (Number(status) >= 500) row.errors += count;
}

/** A status is text from the wire: `__proto__` must become a key, not a prototype. */
function setCount(counts: Record<string, number>, status: string, count: number): void {
  const before = Object.hasOwn(counts, status) ? counts[status]! : 0;
  Object.defineProperty(counts, status, {
    value: before + count,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
