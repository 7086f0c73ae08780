import { cut, labelOf } from '../../prometheus/labels.ts';
import { breathe } from '../breathe.ts';
import { heatAnswer, heatBin } from '../heat.ts';
import type {
  HeatAnswer,
  MetricInfo,
  PointsAnswer,
  PointsQuery,
  Reader,
  Selection,
  Summary,
  SummaryQuery,
} from '../store.ts';
import { Answers } from './answers.ts';
import { standsFor } from './buckets.ts';
import { readCatalogue, type StoredMetric } from './catalogue.ts';
import { Engine, type EngineState } from './engine.ts';
import type { Matcher } from './expressions.ts';
import { type Evaluation, Gatherer, type Group, joined } from './gatherer.ts';
import { isSketch } from './terms.ts';
import { topOf } from './top.ts';

export interface PromqlStoreOptions {
  /** Base of the engine's query API; user and password in it become basic authentication. */
  url: URL;
  /** Sent with every request. Default none. */
  headers?: Readonly<Record<string, string>>;
  /** Labels that all series must have, beside `job="routemeter"`. Default none. */
  where?: Readonly<Record<string, string>>;
  /** Seconds back from now in which metrics are looked for. Default 3600. */
  retention?: number;
  /** Unix ms; for tests. */
  clock?: () => number;
  /** Ms between two writes of a collector. Default 10 000; tests hurry. */
  slotMs?: number;
  /** Ms that samples of a tick may take to the engine and into its index. Default 5000. */
  lagMs?: number;
  /** Ms that one request may take. Default 10 000. */
  timeoutMs?: number;
}

/** Unix ms of the first step, how many there are, and how long the one behind them is. */
interface Steps {
  start: number;
  stepMs: number;
  whole: number;
  restMs: number;
}

/** Metrics of more than an hour ago are history. */
const MAX_CATALOGUE_MS = 3_600_000;

/**
 * What the collectors of a fleet wrote, asked of any Prometheus-compatible engine. Counts and sums are exact;
 * quantiles come from merged buckets, each with its error. All answers are those of the last tick that is
 * complete, and the engine is asked each question once in a tick.
 */
export class PromqlStore implements Reader {
  readonly slotMs: number;
  readonly settleMs = 60_000;
  readonly #clock: () => number;
  readonly #lagMs: number;
  readonly #retention: number;
  readonly #engine: Engine;
  readonly #gatherer: Gatherer;
  readonly #answers = new Answers();
  readonly #matchers: readonly Matcher[];

  constructor(options: PromqlStoreOptions) {
    this.slotMs = options.slotMs ?? 10_000;
    this.#clock = options.clock ?? Date.now;
    this.#lagMs = options.lagMs ?? 5000;
    this.#retention = options.retention ?? 3600;
    this.#engine = new Engine({
      url: options.url,
      headers: options.headers ?? {},
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
    this.#gatherer = new Gatherer(this.#engine);
    this.#matchers = [
      { label: 'job', value: 'routemeter' },
      ...Object.entries(options.where ?? {}).map(([label, value]) => ({ label, value })),
    ];
  }

  get state(): EngineState & { answers: number } {
    return { ...this.#engine.state, answers: this.#answers.size };
  }

  /** Ends what is under way. */
  close(): void {
    this.#engine.close();
  }

  until(): number {
    return Math.floor((this.#clock() - this.#lagMs) / this.slotMs) * this.slotMs - 1;
  }

  /** Nothing is known of when the first sample came; the series of hosts come and go. */
  since(): undefined {
    return undefined;
  }

  async metrics(): Promise<MetricInfo[]> {
    return (await this.#catalogue()).map(({ histograms: _, ...info }) => info);
  }

  summary(query: SummaryQuery): Promise<Summary[]> {
    const { start, end } = this.#window(query);
    return this.#once(['summary', query, start, end], weighSummaries, async () => {
      const groups = await this.#gather(query, query.quantiles.length > 0, {
        times: [end],
        windowMs: end - start,
      });
      const summaries: Summary[] = [];
      const pause = breathe();
      for (const { name, type, tags, cells } of groups) {
        const point = cells[0]!.point(type, query.quantiles);
        if (point !== null) summaries.push({ name, type, tags, ...point });
        await pause();
      }
      return summaries;
    });
  }

  points(query: PointsQuery): Promise<PointsAnswer> {
    const steps = this.#steps(query);
    return this.#once(['points', query, steps], weighPoints, async () => {
      const found = await this.#gatherSteps(query, query.quantiles.length > 0, steps);
      const series: PointsAnswer['series'] = [];
      const pause = breathe();
      const groups = await topOf(found, query.top, query.quantiles, pause);
      for (const { name, type, tags, cells, others } of groups) {
        const points: PointsAnswer['series'][0]['points'] = [];
        for (const cell of cells) {
          points.push(cell.point(type, query.quantiles));
          await pause();
        }
        if (points.some((point) => point !== null)) {
          series.push({ name, type, tags, ...(others === undefined ? {} : { others }), points });
        }
      }
      return { start: steps.start, step: steps.stepMs / 1000, series };
    });
  }

  heat(query: Omit<PointsQuery, 'quantiles'>): Promise<HeatAnswer> {
    const steps = this.#steps(query);
    return this.#once(['heat', query, steps], weighHeat, async () => {
      const found = await this.#gatherSteps({ ...query, need: 'counts' }, true, steps);
      const pause = breathe();
      const sketches = found.filter(({ type }) => isSketch(type));
      const groups = await topOf(sketches, query.top, [], pause);
      const series: Parameters<typeof heatAnswer>[1][0][] = [];
      for (const { name, tags, cells, others } of groups) {
        const columns: Map<number, number>[] = [];
        for (const { distribution } of cells) {
          const column = new Map<number, number>();
          for (const bucket of distribution.buckets) {
            const bin = heatBin(standsFor(bucket, distribution));
            column.set(bin, (column.get(bin) ?? 0) + bucket.count);
          }
          columns.push(column);
          await pause();
        }
        series.push({ name, tags, columns, ...(others === undefined ? {} : { others }) });
      }
      return heatAnswer({ start: steps.start, step: steps.stepMs / 1000 }, series);
    });
  }

  #once<T>(question: unknown, weigh: (answer: T) => number, ask: () => Promise<T>): Promise<T> {
    return this.#answers.get(this.until(), question, ask, weigh);
  }

  #catalogue(): Promise<StoredMetric[]> {
    const at = this.until() + 1;
    return this.#once(
      'catalogue',
      (metrics) => metrics.length,
      () =>
        readCatalogue(this.#engine, {
          at,
          windowMs: Math.min(this.#retention * 1000, MAX_CATALOGUE_MS),
          matchers: this.#matchers,
        }),
    );
  }

  /** The ticks that a time lies between; there is nothing behind the last one. */
  #window({ from, to }: Pick<Selection, 'from' | 'to'>): { start: number; end: number } {
    const { slotMs } = this;
    const last = this.until() + 1;
    const start = Math.min(Math.floor(from / slotMs) * slotMs, last - slotMs);
    const end = Math.min((Math.floor(to / slotMs) + 1) * slotMs, last);
    return { start, end: Math.max(end, start + slotMs) };
  }

  #steps({ from, to, step }: Pick<PointsQuery, 'from' | 'to' | 'step'>): Steps {
    const { slotMs } = this;
    const stepMs = Math.max(1, Math.ceil((step * 1000) / slotMs)) * slotMs;
    const { start: begin, end } = this.#window({ from, to });
    const start = Math.floor(begin / stepMs) * stepMs;
    return { start, stepMs, whole: Math.floor((end - start) / stepMs), restMs: (end - start) % stepMs };
  }

  /** The last step can end before it is whole: what comes behind the last tick is not complete. */
  async #gatherSteps(
    selection: Selection & Pick<SummaryQuery, 'need'>,
    withBuckets: boolean,
    { start, stepMs, whole, restMs }: Steps,
  ): Promise<Group[]> {
    const end = start + whole * stepMs + restMs;
    const times = Array.from({ length: whole }, (_, i) => start + (i + 1) * stepMs);
    const [groups, rest] = await Promise.all([
      whole > 0 ? this.#gather(selection, withBuckets, { times, windowMs: stepMs }) : [],
      restMs > 0 ? this.#gather(selection, withBuckets, { times: [end], windowMs: restMs }) : [],
    ]);
    return restMs > 0 ? joined(groups, whole, rest, 1) : groups;
  }

  async #gather(
    selection: Selection & Pick<SummaryQuery, 'need'>,
    withBuckets: boolean,
    evaluation: Evaluation,
  ): Promise<Group[]> {
    const catalogue = await this.#catalogue();
    const names = new Set(selection.names);
    const seen = new Set<string>();
    const metrics = catalogue.filter(({ name, stored, type }) => {
      if (!names.has(name) || selection.types?.includes(type) === false) return false;
      // One series holds what was sent as a timing here and as a distribution there.
      const id = `${isSketch(type) ? 'sketch' : type} ${stored}`;
      if (seen.has(id)) return false;
      seen.add(id);
      return true;
    });
    const where = Object.entries(selection.where ?? {}).map(([key, value]) => ({
      label: labelOf(key),
      value: cut(value),
    }));
    // Nothing carries a tag without a name.
    if (where.some(({ label, value }) => label === '' && value !== '')) return [];
    return this.#gatherer.gather(metrics, {
      matchers: [...this.#matchers, ...where.filter(({ label }) => label !== '')],
      by: selection.by,
      withBuckets,
      need: selection.need ?? 'all',
      evaluation,
    });
  }
}

const weighSummaries = (answer: readonly Summary[]) => answer.length;
const weighPoints = ({ series }: PointsAnswer) => series.reduce((sum, { points }) => sum + points.length, 0);
const weighHeat = ({ series, bins }: HeatAnswer) =>
  series.reduce((sum, { points }) => sum + points.length * bins.length, 0);
