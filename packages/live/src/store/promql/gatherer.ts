import { labelOf } from '../../prometheus/labels.ts';
import { breathe } from '../breathe.ts';
import type { MetricType, Need, Selection } from '../store.ts';
import type { StoredMetric } from './catalogue.ts';
import { Cell } from './cell.ts';
import { chunks } from './chunks.ts';
import type { Engine, EngineSeries } from './engine.ts';
import { Expressions, type Matcher, PART, union } from './expressions.ts';
import { type Term, termsOf } from './terms.ts';

/** Series that an answer shows as one, with a cell for each time. */
export interface Group {
  name: string;
  type: MetricType;
  tags: Readonly<Record<string, string>>;
  cells: Cell[];
}

/** When expressions are evaluated, and over which time before each. */
export interface Evaluation {
  /** Unix ms, equally far from each other, ascending. */
  times: readonly number[];
  windowMs: number;
}

export interface Gathering {
  matchers: readonly Matcher[];
  by: Selection['by'];
  withBuckets: boolean;
  need: Need;
  evaluation: Evaluation;
}

/** VictoriaMetrics takes 16 kB for a query unless told otherwise. */
const MAX_TEXT = 12_000;
/** Terms over every bucket in one request: a few, so that requests share the work. */
const MAX_HEAVY = 4;
/**
 * VictoriaMetrics repeats an older value where a range reaches into its last 30 s (`-search.latencyOffset`); so
 * ranges are evaluated so long ago, and look ahead from there.
 */
const SHIFT_MS = 600_000;

type Part = readonly [name: string, expression: string, term: Term, metric: StoredMetric];

/** Asks an engine for all that some metrics have in some time, and puts the answers together by group. */
export class Gatherer {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async gather(metrics: readonly StoredMetric[], gathering: Gathering): Promise<Group[]> {
    const { matchers, by, withBuckets, need, evaluation } = gathering;
    const { times, windowMs } = evaluation;
    const shiftMs = times.length > 1 ? SHIFT_MS : 0;
    const expressions = new Expressions(await this.#engine.dialect(), { windowMs, shiftMs });
    const labels = [...new Set(by.flat().map(labelOf))].filter((label) => label !== '');
    const parts: Part[] = metrics.flatMap((metric, m) =>
      termsOf(metric, { matchers, by: labels, withBuckets, need }).map(
        (term, t): Part => [`${m}.${t}`, term.expression(expressions), term, metric],
      ),
    );
    const light = chunks(
      parts.filter(([, , term]) => !term.isHeavy),
      ([, expression]) => expression.length + 60,
      MAX_TEXT,
    );
    const heavy = chunks(
      parts.filter(([, , term]) => term.isHeavy),
      // `label_replace` of older Prometheus makes numbers of native histograms: each is asked for alone.
      ([, expression, { takeHistogram }]) =>
        takeHistogram === undefined ? Math.max(MAX_TEXT / MAX_HEAVY, expression.length + 60) : MAX_TEXT,
      MAX_TEXT,
    );
    const groups = new Groups(
      by,
      times.map((time) => time - shiftMs),
    );
    // The heavy ones first: they take longest.
    const asked = [...heavy, ...light].map(async (some) => {
      const byName = new Map(some.map((part) => [part[0], part]));
      const expression =
        some[0]![2].takeHistogram === undefined
          ? union(some.map(([name, text]) => [name, text]))
          : some[0]![1];
      await groups.take(await this.#ask(expression, evaluation, shiftMs), byName);
    });
    await Promise.all(asked);
    return groups.list;
  }

  #ask(expression: string, { times, windowMs }: Evaluation, shiftMs: number): Promise<EngineSeries[]> {
    const start = times[0]! - shiftMs;
    const end = times.at(-1)! - shiftMs;
    if (times.length === 1) return this.#engine.instant(expression, start);
    return this.#engine.range(expression, { start, end, step: windowMs });
  }
}

/** The cells of two answers behind each other; a group that one of them does not have is empty there. */
export function joined(
  first: readonly Group[],
  before: number,
  second: readonly Group[],
  after: number,
): Group[] {
  const keyOf = ({ type, name, tags }: Group) => JSON.stringify([type, name, Object.values(tags)]);
  const cells = (count: number) => Array.from({ length: count }, () => new Cell());
  const groups = new Map(first.map((group) => [keyOf(group), { ...group, cells: [...group.cells] }]));
  for (const group of second) {
    const key = keyOf(group);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...group, cells: [...cells(before), ...group.cells] });
    else known.cells.push(...group.cells);
  }
  for (const { cells: own } of groups.values()) own.push(...cells(before + after - own.length));
  return [...groups.values()];
}

class Groups {
  readonly list: Group[] = [];
  readonly #byKey = new Map<string, Group>();
  readonly #by: { key: string; labels: string[] }[];
  readonly #times: readonly number[];

  constructor(by: Selection['by'], times: readonly number[]) {
    this.#by = by.map((keys) => {
      const list = typeof keys === 'string' ? [keys] : keys;
      return { key: list[0]!, labels: list.map(labelOf) };
    });
    this.#times = times;
  }

  async take(answer: readonly EngineSeries[], parts: ReadonlyMap<string, Part>): Promise<void> {
    const pause = breathe();
    const first = this.#times[0]!;
    const alone = parts.size === 1 ? [...parts.values()][0] : undefined;
    const step = this.#times.length > 1 ? this.#times[1]! - first : 1;
    for (const { metric, value, values = [], histogram, histograms = [] } of answer) {
      const part = alone ?? parts.get(metric[PART] ?? '');
      if (part === undefined) continue;
      const group = this.#groupOf(part[3], metric);
      for (const [at, text] of value === undefined ? values : [value]) {
        const cell = group.cells[Math.round((at * 1000 - first) / step)];
        if (cell !== undefined) part[2].take(cell, metric, Number(text));
      }
      for (const [at, native] of histogram === undefined ? histograms : [histogram]) {
        const cell = group.cells[Math.round((at * 1000 - first) / step)];
        if (cell !== undefined) part[2].takeHistogram?.(cell, native);
      }
      await pause();
    }
  }

  #groupOf({ name, type }: StoredMetric, labels: Readonly<Record<string, string>>): Group {
    const values = this.#by.map((one) => {
      for (const label of one.labels) if (labels[label]) return labels[label];
      return '';
    });
    const key = JSON.stringify([type, name, ...values]);
    let group = this.#byKey.get(key);
    if (group === undefined) {
      // Tag keys come from the wire: without a prototype, `__proto__` is a key like any other.
      const tags: Record<string, string> = Object.create(null);
      for (const [i, { key }] of this.#by.entries()) tags[key] = values[i]!;
      group = { name, type, tags, cells: this.#times.map(() => new Cell()) };
      this.#byKey.set(key, group);
      this.list.push(group);
    }
    return group;
  }
}
