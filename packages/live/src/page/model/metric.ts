import type { Metric } from '../api/types.ts';

/** How a metric can be looked at, by its type; the first is what it usually is looked at as. */
const TIMING_STATS = ['percentiles', 'p50', 'p95', 'p99', 'mean', 'max', 'rate'];
const STATS: Record<string, string[]> = {
  count: ['rate', 'count'],
  gauge: ['last', 'mean', 'min', 'max'],
  set: ['count'],
};

export const statsFor = (type: string): string[] => STATS[type] ?? TIMING_STATS;

/** The stat in force: several percentiles make no sense beside a split by tag. */
export function statInForce(type: string, chosen: string, by: string): string {
  const offered = statsFor(type);
  const stat = offered.includes(chosen) ? chosen : offered[0]!;
  return stat === 'percentiles' && by ? 'p95' : stat;
}

/** What `/api/query` is asked for. */
export const queried = (stat: string) => (stat === 'percentiles' ? 'p50,p95,p99' : stat);

/** Identity: the same name can be used with two types. */
export const metricKey = (metric: Pick<Metric, 'name' | 'type'>) => `${metric.type} ${metric.name}`;

export const isTiming = (type: string) => !(type in STATS);

/** Unit of what is shown, as far as type and stat tell. */
export function unitOf(type: string, stat: string): string {
  if (stat === 'rate') return '/s';
  if (stat === 'count') return type === 'set' ? 'distinct' : '';
  return type === 'timing' ? 'ms' : '';
}
