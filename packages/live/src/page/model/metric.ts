import type { Metric, Unit } from '../api/types.ts';
import { bytes, short } from './formatting.ts';

/** How a metric can be looked at, by its type; the first is what it usually is looked at as. */
const TIMING_STATS = ['percentiles', 'p50', 'p95', 'p99', 'mean', 'min', 'max', 'sum', 'rate', 'heat'];
const STATS: Record<string, string[]> = {
  count: ['rate', 'count'],
  gauge: ['last', 'sum', 'latest', 'min', 'max'],
  set: ['count'],
};

export const statsFor = (type: string): string[] => STATS[type] ?? TIMING_STATS;

/** Of one series, its value is its sum and the latest one. */
const OF_SEVERAL = ['sum', 'latest'];

/** The statistics to choose from. */
export function offeredFor({ type, series }: Pick<Metric, 'type' | 'series'>, by: string): string[] {
  const all = by ? splitStatsFor(type) : statsFor(type);
  return type === 'gauge' && series < 2 ? all.filter((stat) => !OF_SEVERAL.includes(stat)) : all;
}

/** The statistics that make sense beside a split by tag: not several percentiles, nor one heat map for all. */
export const splitStatsFor = (type: string): string[] =>
  statsFor(type).filter((stat) => stat !== 'percentiles' && stat !== 'heat');

/** The stat in force. */
export function statInForce(type: string, chosen: string, by: string): string {
  const offered = statsFor(type);
  const stat = offered.includes(chosen) ? chosen : offered[0]!;
  return by && !splitStatsFor(type).includes(stat) ? 'p95' : stat;
}

/** What `/api/query` is asked for. */
export const queried = (stat: string) => (stat === 'percentiles' ? 'p50,p95,p99' : stat);

/** Identity: the same name can be used with two types. */
export const metricKey = (metric: Pick<Metric, 'name' | 'type'>) => `${metric.type} ${metric.name}`;

export const isTiming = (type: string) => !(type in STATS);

const UNIT_WORDS: Record<Unit, string> = { ms: 'ms', s: 's', us: 'µs', ns: 'ns', bytes: 'bytes', count: '' };

/** Unit of what is shown, as far as type, stat and what the metric was told to be tell. */
export function unitOf(type: string, stat: string, unit: Unit | null = null): string {
  if (stat === 'rate') return '/s';
  if (stat === 'count') return type === 'set' ? 'distinct' : '';
  if (unit) return UNIT_WORDS[unit];
  return type === 'timing' ? 'ms' : '';
}

type Format = (value: number | null | undefined) => string;

/** Bytes are read in kB and MB; all else by its digits. */
export const formatOf = (stat: string, unit: Unit | null): Format =>
  unit === 'bytes' && stat !== 'rate' && stat !== 'count' ? bytes : short;
