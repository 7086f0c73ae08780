import type { Metric } from '../api/types.ts';
import { metricKey } from './metric.ts';

export const METRIC_COLUMNS = ['name', 'type', 'value', 'rate', 'seen', 'series', 'custom'] as const;
export type MetricColumn = (typeof METRIC_COLUMNS)[number];

export interface MetricOrder {
  column: MetricColumn;
  descending: boolean;
}

export const BY_NAME: MetricOrder = { column: 'name', descending: false };

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: Metric, b: Metric) => compareText(a.name, b.name) || compareText(a.type, b.type);

const NUMBERS: Record<Exclude<MetricColumn, 'name' | 'type'>, (metric: Metric) => number | null> = {
  value: ({ value }) => value,
  rate: ({ rate }) => rate,
  seen: ({ lastSeen }) => lastSeen,
  series: ({ series }) => series,
  custom: ({ customMetrics }) => customMetrics,
};

/** `rate.down` as the URL has it. */
export function parseOrder(text: string): MetricOrder {
  const [column, direction] = text.split('.');
  if (!METRIC_COLUMNS.includes(column as MetricColumn)) return BY_NAME;
  return { column: column as MetricColumn, descending: direction === 'down' };
}

/** What a click on a header leads to, for the URL: numbers begin at their largest; null is the usual order. */
export function nextOrder(now: MetricOrder, column: MetricColumn): string | null {
  const isText = column === 'name' || column === 'type';
  const descending = now.column === column ? !now.descending : !isText;
  if (column === BY_NAME.column && descending === BY_NAME.descending) return null;
  return `${column}.${descending ? 'down' : 'up'}`;
}

/** The same list where it stands in the order of names already. */
function inOrder(metrics: readonly Metric[], sign: number): readonly Metric[] | null {
  const isOut = metrics.some((metric, index) => index > 0 && sign * byName(metrics[index - 1]!, metric) > 0);
  return isOut ? null : metrics;
}

/** What has no value stands last, whichever way. */
export function orderMetrics(
  metrics: readonly Metric[],
  { column, descending }: MetricOrder,
): readonly Metric[] {
  const sign = descending ? -1 : 1;
  // As the server has them: thousands of names are quicker looked through than put in order.
  if (column === 'name') return inOrder(metrics, sign) ?? [...metrics].sort((a, b) => sign * byName(a, b));
  if (column === 'type')
    return [...metrics].sort((a, b) => sign * compareText(a.type, b.type) || byName(a, b));
  const of = NUMBERS[column];
  return [...metrics].sort((a, b) => {
    const [x, y] = [of(a), of(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || byName(a, b);
    return sign * (x - y) || byName(a, b);
  });
}

/** The metrics in the places that they had; those that are new behind them. */
export function inPlaces(metrics: readonly Metric[], places: ReadonlyMap<string, number>): readonly Metric[] {
  const placeOf = (metric: Metric) => places.get(metricKey(metric)) ?? Number.POSITIVE_INFINITY;
  const keyed = metrics.map((metric) => ({ metric, place: placeOf(metric) }));
  return keyed.sort((a, b) => (a.place === b.place ? 0 : a.place - b.place)).map(({ metric }) => metric);
}
