import { labelOf } from '../../prometheus/labels.ts';
import { metricName } from '../../prometheus/names.ts';
import { counterNames, distributionNames, membersName } from '../../prometheus/series-names.ts';
import type { Metric } from '../api/types.ts';
import { isTiming } from './metric.ts';

/** The same question in the language of the place where a team keeps its metrics. */
export interface Asked {
  metric: Pick<Metric, 'name' | 'type'> & {
    /** Keys of its tags. */
    tags?: readonly string[];
    /** In Prometheus' alphabet, where the server has told. */
    stored?: string;
    /** Some of its values are below zero: what was counted down is a series of its own. */
    decreases?: boolean;
  };
  stat: string;
  by: string;
}

export const LANGUAGES = ['Datadog', 'Graphite', 'PromQL'] as const;
/** Engines have samples by series and not by the moment each came. */
const LATEST =
  '# which sender came last is known to this server alone; sum and mean can be asked for elsewhere';

export type Language = (typeof LANGUAGES)[number];

export function queryText(language: Language, asked: Asked): string {
  if (asked.stat === 'latest') return LATEST;
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
  const space = one === 'min' || one === 'max' || one === 'sum' ? one : 'avg';
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
  const isAdded = kind === 'counters' || kind === 'sets' || one === 'rate' || one === 'sum';
  const merge = isAdded ? 'sum' : one === 'min' || one === 'max' ? one : 'average';
  const tagged = `seriesByTag('name=${escaped(path)}')`;
  if (by) return `groupByTags(${tagged}, '${merge}', '${escaped(by)}')`;
  // With tags it is as many series as there are combinations of their values.
  return metric.tags !== undefined && metric.tags.length > 0 ? `${merge}Series(${tagged})` : path;
}

const escaped = (text: string) => text.replaceAll("'", "\\'");

/**
 * For what `--write` writes and for what a scraper takes from `/metrics`, whatever kind of histogram the engine
 * has: classic buckets carry `le`, VictoriaMetrics' own `vmrange`, native histograms are one series.
 */
function promql({ metric, stat, by }: Asked): string {
  const one = single(stat);
  const q = quantile(one);
  const name = metric.stored ?? metricName(metric.name);
  const label = by ? labelOf(by) : '';
  const grouped = (aggregation: string, expression: string) =>
    `${aggregation}${label ? ` by (${label}) ` : ''}(${expression})`;
  /** What was counted up, less what was counted down, where anything was. */
  const balance = (fn: string, up: string, down: string) => {
    const all = grouped('sum', `${fn}(${up}[1m])`);
    if (!metric.decreases) return all;
    return `${all} - (${grouped('sum', `${fn}(${down}[1m])`)} or ${all} * 0)`;
  };
  if (isTiming(metric.type)) {
    const names = distributionNames(name);
    if (q !== null) {
      const buckets = `sum by (le, vmrange${label ? `, ${label}` : ''}) (rate(${names.bucket}[1m]))`;
      return `histogram_quantile(${q / 100}, ${buckets} or ${grouped('sum', `rate(${name}[1m])`)})`;
    }
    const rate = grouped('sum', `rate(${names.count}[1m])`);
    if (one === 'rate') return rate;
    if (one === 'count') return grouped('sum', `increase(${names.count}[1m])`);
    if (one === 'max') return grouped('max', `max_over_time(${names.max}[1m])`);
    if (one === 'min') return grouped('min', `min_over_time(${names.min}[1m])`);
    const sum = balance('rate', names.sum, names.sumDecrease);
    if (one === 'sum') return balance('increase', names.sum, names.sumDecrease);
    return `${metric.decreases ? `(${sum})` : sum} / ${rate}`;
  }
  if (metric.type === 'count') {
    const { up, down } = counterNames(name);
    return balance(one === 'rate' ? 'rate' : 'increase', up, down);
  }
  // Who the members of several series are is not written: they are taken for different ones.
  if (metric.type === 'set') return grouped('sum', `max_over_time(${membersName(name)}[1m])`);
  if (one === 'min' || one === 'max') return grouped(one, `${one}_over_time(${name}[1m])`);
  return grouped(one === 'sum' ? 'sum' : 'avg', name);
}
