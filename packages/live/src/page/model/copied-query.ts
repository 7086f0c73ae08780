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
  /** Only what carries these values of these tags. */
  where?: Readonly<Record<string, string>>;
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

function datadog({ metric, stat, by, where = {} }: Asked): string {
  const one = single(stat);
  const split = by ? ` by {${by}}` : '';
  const narrowed = Object.entries(where).map(([key, value]) => `${key}:${value}`);
  const scope = `{${narrowed.join(',') || '*'}}${split}`;
  const q = quantile(one);
  if (metric.type === 'distribution') {
    if (q !== null) return `${one}:${metric.name}${scope}`;
    if (one === 'rate') return `count:${metric.name}${scope}.as_rate()`;
    return `${one === 'mean' ? 'avg' : one}:${metric.name}${scope}`;
  }
  if (isTiming(metric.type)) {
    // The Agent makes these names from a timing or histogram: the others than p95 of `histogram_percentiles`,
    // sum and min of `histogram_aggregates`.
    if (one === 'rate') return `sum:${metric.name}.count${scope}.as_rate()`;
    if (one === 'count') return `sum:${metric.name}.count${scope}.as_count()`;
    const part = q === 50 ? 'median' : q !== null ? `${q}percentile` : one === 'mean' ? 'avg' : one;
    const space = one === 'max' || one === 'min' || one === 'sum' ? one : 'avg';
    return `${space}:${metric.name}.${part}${scope}`;
  }
  if (metric.type === 'count') return `sum:${metric.name}${scope}.as_${one === 'count' ? 'count' : 'rate'}()`;
  const space = one === 'min' || one === 'max' || one === 'sum' ? one : 'avg';
  return `${space}:${metric.name}${scope}`;
}

function graphite({ metric, stat, by, where = {} }: Asked): string {
  const one = single(stat);
  const q = quantile(one);
  const kind = isTiming(metric.type)
    ? 'timers'
    : { count: 'counters', gauge: 'gauges', set: 'sets' }[metric.type];
  const timer =
    q === 50
      ? 'median'
      : q !== null
        ? `upper_${q}`
        : ({ rate: 'count_ps', count: 'count', sum: 'sum', min: 'lower', max: 'upper' }[one] ?? 'mean');
  const leaf =
    { timers: `.${timer}`, counters: one === 'count' ? '.count' : '.rate', gauges: '', sets: '.count' }[
      kind ?? ''
    ] ?? '';
  const path = `stats.${kind}.${metric.name}${leaf}`;
  const isAdded =
    kind === 'counters' || kind === 'sets' || one === 'rate' || one === 'count' || one === 'sum';
  const merge = isAdded ? 'sum' : one === 'min' || one === 'max' ? one : 'average';
  const narrowed = Object.entries(where).map(([key, value]) => `, '${escaped(graphiteTag(key, value))}'`);
  const tagged = `seriesByTag('name=${escaped(path)}'${narrowed.join('')})`;
  if (by) return `groupByTags(${tagged}, '${merge}', '${escaped(by)}')`;
  // With tags it is as many series as there are combinations of their values.
  const isTagged = narrowed.length > 0 || (metric.tags !== undefined && metric.tags.length > 0);
  return isTagged ? `${merge}Series(${tagged})` : path;
}

/**
 * Graphite has values as Etsy's StatsD cleaned them: `/` became `-`, a blank `_`, and what else is no letter or digit
 * is left out. Routemeter itself has `_` for that.
 */
function graphiteTag(key: string, value: string): string {
  const cleaned = value.replace(/\s/g, '_').replaceAll('/', '-');
  if (/^[\w.-]*$/.test(cleaned)) return `${key}=${cleaned}`;
  return `${key}=~^${cleaned.replaceAll('.', '[.]').replace(/[^\w.[\]-]/gu, '_?')}$`;
}

const escaped = (text: string) => text.replaceAll("'", "\\'");

/**
 * For what `--write` writes and for what a scraper takes from `/metrics`, whatever kind of histogram the engine
 * has: classic buckets carry `le`, VictoriaMetrics' own `vmrange`, native histograms are one series.
 */
function promql({ metric, stat, by, where = {} }: Asked): string {
  const one = single(stat);
  const q = quantile(one);
  const name = metric.stored ?? metricName(metric.name);
  const label = by ? labelOf(by) : '';
  const labels = Object.entries(where).map(([key, value]) => `${labelOf(key)}=${JSON.stringify(value)}`);
  /** The series of that name, as far as they are asked for. */
  const of = (series: string) => (labels.length > 0 ? `${series}{${labels.join(',')}}` : series);
  const grouped = (aggregation: string, expression: string) =>
    `${aggregation}${label ? ` by (${label}) ` : ''}(${expression})`;
  /** What was counted up, less what was counted down, where anything was. */
  const balance = (fn: string, up: string, down: string) => {
    const all = grouped('sum', `${fn}(${of(up)}[1m])`);
    if (!metric.decreases) return all;
    return `${all} - (${grouped('sum', `${fn}(${of(down)}[1m])`)} or ${all} * 0)`;
  };
  if (isTiming(metric.type)) {
    const names = distributionNames(name);
    if (q !== null) {
      const buckets = `sum by (le, vmrange${label ? `, ${label}` : ''}) (rate(${of(names.bucket)}[1m]))`;
      return `histogram_quantile(${q / 100}, ${buckets} or ${grouped('sum', `rate(${of(name)}[1m])`)})`;
    }
    const rate = grouped('sum', `rate(${of(names.count)}[1m])`);
    if (one === 'rate') return rate;
    if (one === 'count') return grouped('sum', `increase(${of(names.count)}[1m])`);
    if (one === 'max') return grouped('max', `max_over_time(${of(names.max)}[1m])`);
    if (one === 'min') return grouped('min', `min_over_time(${of(names.min)}[1m])`);
    const sum = balance('rate', names.sum, names.sumDecrease);
    if (one === 'sum') return balance('increase', names.sum, names.sumDecrease);
    return `${metric.decreases ? `(${sum})` : sum} / ${rate}`;
  }
  if (metric.type === 'count') {
    const { up, down } = counterNames(name);
    return balance(one === 'rate' ? 'rate' : 'increase', up, down);
  }
  // Who the members of several series are is not written: they are taken for different ones.
  if (metric.type === 'set') return grouped('sum', `max_over_time(${of(membersName(name))}[1m])`);
  if (one === 'min' || one === 'max') return grouped(one, `${one}_over_time(${of(name)}[1m])`);
  return grouped(one === 'sum' ? 'sum' : 'avg', of(name));
}
