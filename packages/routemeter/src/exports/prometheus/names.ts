import { type Subject, unitTags } from '../../budgets/index.ts';
import { callPlace } from '../calls.ts';

/** Who makes Prometheus metrics of ours. */
export const SOURCES = ['live', 'statsd_exporter', 'victoriametrics'] as const;
export type Source = (typeof SOURCES)[number];

/** How a source shows a timing. */
export interface Flavour {
  /** What its values are multiplied with to be milliseconds. */
  toMs: number;
  /** What a counter's name ends with. */
  counter: string;
  /** Labels that tell the buckets of a histogram apart. */
  buckets: string;
}

/**
 * `/metrics` of routemeter-live keeps milliseconds; statsd_exporter divides timings (`ms`) by a thousand.
 * VictoriaMetrics keeps what it scrapes, and has buckets of its own where it made the histogram.
 */
export const FLAVOURS: Record<Source, Flavour> = {
  live: { toMs: 1, counter: '_total', buckets: 'le' },
  statsd_exporter: { toMs: 1000, counter: '', buckets: 'le' },
  victoriametrics: { toMs: 1, counter: '_total', buckets: 'le, vmrange' },
};

/** A metric's name as all three of them make it. */
export function promName(metric: string): string {
  return metric.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
}

/** A text in PromQL. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Label matchers of one call, without braces. */
export function callMatchers(name: string): string[] {
  const { tags, withoutTables } = callPlace(name, '');
  const own = tags.map(([key, value]) => `${key}=${quoted(value)}`);
  return withoutTables === undefined ? own : [...own, 'db_query_summary!~".* .*"'];
}

/** Label matchers of a route or another unit, in braces; none for blocks over all of them. */
export function matchers({ route, method = '' }: Subject, more: readonly string[] = []): string {
  const tags = route === undefined ? {} : unitTags({ route, method });
  const own = Object.entries(tags).map(([key, value]) => `${key}=${quoted(value)}`);
  const all = [...own, ...more];
  return all.length === 0 ? '' : `{${all.join(', ')}}`;
}
