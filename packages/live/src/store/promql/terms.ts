import { counterNames, distributionNames, membersName } from '../../prometheus/series-names.ts';
import type { MetricType, Need } from '../store.ts';
import type { StoredMetric } from './catalogue.ts';
import type { Cell } from './cell.ts';
import type { EngineHistogram } from './engine.ts';
import { type Expressions, type Matcher, selector } from './expressions.ts';

/** A question to the engine about one metric, and where its answer goes. */
export interface Term {
  expression(of: Expressions): string;
  take(cell: Cell, labels: Readonly<Record<string, string>>, value: number): void;
  /** Where the answer has native histograms. */
  takeHistogram?(cell: Cell, histogram: EngineHistogram): void;
  /** One series for each bucket: it is asked for by itself, so that others do not wait for it. */
  isHeavy: boolean;
}

/** Series that live are written again after so long, changed or not; a tick more for what is late. */
const REFRESH_MS = 70_000;

export interface Asked {
  matchers: readonly Matcher[];
  by: readonly string[];
  withBuckets: boolean;
  need: Need;
}

/** All that is to be asked of one metric. */
export function termsOf(metric: StoredMetric, asked: Asked): Term[] {
  const { type, stored } = metric;
  if (type === 'gauge') return gauge(stored, asked);
  if (type === 'set') return [members(membersName(stored), asked)];
  return type === 'count' ? counter(counterNames(stored), asked) : sketch(metric, asked);
}

function light(expression: Term['expression'], take: (cell: Cell, value: number) => void): Term {
  return { expression, take: (cell, _labels, value) => take(cell, value), isHeavy: false };
}

/** An engine has what was counted, up and down; of how many samples it came is not written. */
function counter({ up, down }: ReturnType<typeof counterNames>, { matchers, by }: Asked): Term[] {
  const each = (name: string, sign: number) =>
    light(
      (of) => of.growth(selector(name, matchers), by),
      (cell, value) => {
        cell.count += value;
        cell.sum += sign * value;
      },
    );
  return [each(up, 1), each(down, -1)];
}

/** Of each interval the number of members is known and not who they were: the fullest one stands for a window. */
function members(name: string, { matchers, by }: Asked): Term {
  return light(
    (of) => of.over('sum', 'max_over_time', selector(name, matchers), by),
    (cell, value) => {
      cell.count = value;
      cell.sum = value;
    },
  );
}

function gauge(name: string, { matchers, by }: Asked): Term[] {
  const series = selector(name, matchers);
  const each = (aggregation: 'sum' | 'min' | 'max', fn: string, take: (cell: Cell, value: number) => void) =>
    light((of) => of.over(aggregation, fn, series, by), take);
  return [
    light(
      (of) => of.over('avg', 'last_over_time', series, by, REFRESH_MS),
      (cell, value) => {
        cell.last = value;
      },
    ),
    light(
      (of) => of.over('count', 'last_over_time', series, by, REFRESH_MS),
      (cell, value) => {
        cell.senders = value;
      },
    ),
    each('sum', 'count_over_time', (cell, value) => {
      cell.count = value;
    }),
    each('sum', 'sum_over_time', (cell, value) => {
      cell.sum = value;
    }),
    each('min', 'min_over_time', (cell, value) => {
      cell.min = value;
    }),
    each('max', 'max_over_time', (cell, value) => {
      cell.max = value;
    }),
  ];
}

function sketch({ stored, histograms }: StoredMetric, { matchers, by, withBuckets, need }: Asked): Term[] {
  const names = distributionNames(stored);
  const at = (part: keyof typeof names) => selector(names[part], matchers);
  const counts = light(
    (of) => of.growth(at('count'), by),
    (cell, value) => {
      cell.count = value;
    },
  );
  const sums = [
    light(
      (of) => of.growth(at('sum'), by),
      (cell, value) => {
        cell.sum += value;
      },
    ),
    // Negative values: what only grows can be counted over restarts.
    light(
      (of) => of.growth(at('sumDecrease'), by),
      (cell, value) => {
        cell.sum -= value;
      },
    ),
  ];
  const extremes = [
    light(
      (of) => of.over('min', 'min_over_time', at('min'), by),
      (cell, value) => {
        cell.min = value;
      },
    ),
    light(
      (of) => of.over('max', 'max_over_time', at('max'), by),
      (cell, value) => {
        cell.max = value;
      },
    ),
  ];
  const terms = [
    counts,
    ...(need === 'counts' ? [] : sums),
    // Quantiles are held between the least and the greatest.
    ...(need === 'all' || withBuckets ? extremes : []),
  ];
  if (!withBuckets) return terms;
  if (histograms.has('native')) terms.push(...native(selector(stored, matchers), at('count'), by));
  if (histograms.size === 1 && histograms.has('native')) return terms;
  // Of classic buckets an empty one tells where the next one begins.
  const grown = histograms.has('classic') ? 'growthOrNone' : 'growth';
  const buckets: Term = {
    expression: (of) => of[grown](at('bucket'), ['le', 'vmrange', ...by]),
    take: (cell, labels, value) => cell.add(labels, value),
    isHeavy: true,
  };
  return [...terms, buckets];
}

/**
 * Native histograms have no least and greatest over a time: what they are at its end, less what the same
 * series were at its start. One that ended in between is left out, and its samples make the error larger. Whether one
 * is there is asked of its count: to read a histogram takes an engine many times as long.
 */
function native(series: string, counts: string, by: readonly string[]): Term[] {
  const each = (sign: 1 | -1, expression: Term['expression']): Term => ({
    expression,
    take: () => {},
    takeHistogram: (cell, histogram) => cell.addNative(histogram, sign),
    isHeavy: true,
  });
  return [each(1, (of) => of.atEnd(series, by)), each(-1, (of) => of.atStart(series, counts, by))];
}

/** Whether two types are stored as the same series. */
export function isSketch(type: MetricType): boolean {
  return type === 'timing' || type === 'histogram' || type === 'distribution';
}
