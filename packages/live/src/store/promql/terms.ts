import type { MetricType } from '../store.ts';
import { decreaseSeries, mainSeries, type StoredMetric } from './catalogue.ts';
import type { Cell } from './cell.ts';
import { growth, growthOrNone, type Matcher, over, selector } from './expressions.ts';

/** A question to the engine about one metric, and where its answer goes. */
export interface Term {
  /** Over a window that ends where it is evaluated. */
  expression(windowMs: number): string;
  take(cell: Cell, labels: Readonly<Record<string, string>>, value: number): void;
  /** One series for each bucket: it is asked for by itself, so that others do not wait for it. */
  isHeavy: boolean;
}

/** Series that live are written again after so long, changed or not; a tick more for what is late. */
const REFRESH_MS = 70_000;

export interface Asked {
  matchers: readonly Matcher[];
  by: readonly string[];
  withBuckets: boolean;
}

/** All that is to be asked of one metric. */
export function termsOf(metric: StoredMetric, asked: Asked): Term[] {
  const { type, stored } = metric;
  const main = selector(mainSeries(stored, type), asked.matchers);
  if (type === 'gauge') return gauge(main, asked);
  if (type === 'set') return [members(main, asked)];
  if (type === 'count') return counter(main, selector(decreaseSeries(stored), asked.matchers), asked);
  return sketch(metric, main, asked);
}

function light(expression: Term['expression'], take: (cell: Cell, value: number) => void): Term {
  return { expression, take: (cell, _labels, value) => take(cell, value), isHeavy: false };
}

/** An engine has what was counted, up and down; of how many samples it came is not written. */
function counter(up: string, down: string, { by }: Asked): Term[] {
  const each = (series: string, sign: number) =>
    light(
      (window) => growth(series, by, window),
      (cell, value) => {
        cell.count += value;
        cell.sum += sign * value;
      },
    );
  return [each(up, 1), each(down, -1)];
}

/** Of each interval the number of members is known and not who they were: the fullest one stands for a window. */
function members(series: string, { by }: Asked): Term {
  return light(
    (window) => over('sum', 'max_over_time', series, by, window),
    (cell, value) => {
      cell.count = value;
      cell.sum = value;
    },
  );
}

function gauge(series: string, { by }: Asked): Term[] {
  const each = (
    aggregation: Parameters<typeof over>[0],
    fn: string,
    take: (cell: Cell, value: number) => void,
  ) => light((window) => over(aggregation, fn, series, by, window), take);
  return [
    light(
      (window) => over('avg', 'last_over_time', series, by, Math.max(window, REFRESH_MS)),
      (cell, value) => {
        cell.last = value;
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

function sketch(
  { stored, histograms }: StoredMetric,
  main: string,
  { matchers, by, withBuckets }: Asked,
): Term[] {
  const at = (suffix: string) => selector(`${stored}_${suffix}`, matchers);
  const terms = [
    light(
      (window) => growth(main, by, window),
      (cell, value) => {
        cell.count = value;
      },
    ),
    light(
      (window) => growth(at('sum'), by, window),
      (cell, value) => {
        cell.sum += value;
      },
    ),
    // Negative values: what only grows can be counted over restarts.
    light(
      (window) => growth(at('sum_decrease'), by, window),
      (cell, value) => {
        cell.sum -= value;
      },
    ),
    light(
      (window) => over('min', 'min_over_time', at('min'), by, window),
      (cell, value) => {
        cell.min = value;
      },
    ),
    light(
      (window) => over('max', 'max_over_time', at('max'), by, window),
      (cell, value) => {
        cell.max = value;
      },
    ),
  ];
  if (!withBuckets) return terms;
  // Of classic buckets an empty one tells where the next one begins.
  const grown = histograms.has('classic') ? growthOrNone : growth;
  const buckets: Term = {
    expression: (window) => grown(at('bucket'), ['le', 'vmrange', ...by], window),
    take: (cell, labels, value) => cell.add(labels, value),
    isHeavy: true,
  };
  return [...terms, buckets];
}

/** Whether two types are stored as the same series. */
export function isSketch(type: MetricType): boolean {
  return type === 'timing' || type === 'histogram' || type === 'distribution';
}
