import type { Metric } from '../api/types.ts';
import { isTiming } from './metric.ts';

/** The same question in the language of the place where a team keeps its metrics. */
export interface Asked {
  metric: Pick<Metric, 'name' | 'type'>;
  stat: string;
  by: string;
}

export const LANGUAGES = ['Datadog', 'Graphite', 'PromQL'] as const;
export type Language = (typeof LANGUAGES)[number];

export function queryText(language: Language, asked: Asked): string {
  return { Datadog: datadog, Graphite: graphite, PromQL: promql }[language](asked);
}

const quantile = (stat: string) => (/^p\d+$/.test(stat) ? Number(stat.slice(1)) : null);
/** The percentiles of a chart of several are asked for by the one most looked at. */
const single = (stat: string) => (stat === 'percentiles' ? 'p95' : stat);

function datadog({ metric, stat, by }: Asked): string {
  const one = single(stat);
  const split = by ? ` by {${by}}` : '';
  const scope = `{*}${split}`;
  const q = quantile(one);
  if (metric.type === 'distribution') {
    if (q !== null) return `${one}:${metric.name}${scope}`;
    if (one === 'rate') return `count:${metric.name}${scope}.as_rate()`;
    return `${one === 'mean' ? 'avg' : one}:${metric.name}${scope}`;
  }
  if (isTiming(metric.type)) {
    // The Agent makes these names from a timing or histogram; p99 needs `histogram_percentiles`.
    if (one === 'rate') return `sum:${metric.name}.count${scope}.as_rate()`;
    const part = q === 50 ? 'median' : q !== null ? `${q}percentile` : one === 'mean' ? 'avg' : one;
    return `${one === 'max' ? 'max' : 'avg'}:${metric.name}.${part}${scope}`;
  }
  if (metric.type === 'count') return `sum:${metric.name}${scope}.as_${one === 'count' ? 'count' : 'rate'}()`;
  const space = one === 'min' || one === 'max' ? one : 'avg';
  return `${space}:${metric.name}${scope}`;
}

function graphite({ metric, stat, by }: Asked): string {
  const one = single(stat);
  const q = quantile(one);
  const kind = isTiming(metric.type)
    ? 'timers'
    : { count: 'counters', gauge: 'gauges', set: 'sets' }[metric.type];
  const timer =
    one === 'rate'
      ? 'count_ps'
      : q === 50
        ? 'median'
        : q !== null
          ? `upper_${q}`
          : one === 'max'
            ? 'upper'
            : 'mean';
  const leaf =
    { timers: `.${timer}`, counters: one === 'count' ? '.count' : '.rate', gauges: '', sets: '.count' }[
      kind ?? ''
    ] ?? '';
  const path = `stats.${kind}.${metric.name}${leaf}`;
  if (!by) return path;
  const merge = kind === 'counters' || one === 'rate' ? 'sum' : 'average';
  return `groupByTags(seriesByTag('name=${path.replaceAll("'", "\\'")}'), '${merge}', '${by.replaceAll("'", "\\'")}')`;
}

const promName = (name: string) => name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
const promLabel = (name: string) => name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');

function promql({ metric, stat, by }: Asked): string {
  const one = single(stat);
  const q = quantile(one);
  const name = promName(metric.name);
  const label = by ? promLabel(by) : '';
  const grouped = (name: string) => (label ? `${name} by (${label}) ` : name);
  if (isTiming(metric.type)) {
    if (q !== null) {
      return `histogram_quantile(${q / 100}, sum by (le${label ? `, ${label}` : ''}) (rate(${name}_bucket[1m])))`;
    }
    if (one === 'rate') return `${grouped('sum')}(rate(${name}_count[1m]))`;
    // Histograms keep no maximum: the highest bucket reached stands for it.
    if (one === 'max')
      return `histogram_quantile(1, sum by (le${label ? `, ${label}` : ''}) (rate(${name}_bucket[1m])))`;
    return `${grouped('sum')}(rate(${name}_sum[1m])) / ${grouped('sum')}(rate(${name}_count[1m]))`;
  }
  if (metric.type === 'count') {
    const total = name.endsWith('_total') ? name : `${name}_total`;
    return `${grouped('sum')}(${one === 'count' ? 'increase' : 'rate'}(${total}[1m]))`;
  }
  const merge = one === 'min' || one === 'max' ? one : 'avg';
  return `${grouped(merge)}(${name})`;
}
