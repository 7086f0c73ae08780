import { isUnitPart, unitMetric } from 'routemeter/budgets';
import type { MetricInfo } from '../store/store.ts';
import { TIMINGS } from './recogniser.ts';

/** What units of work ask of others: no blocks of code. */
const CALL = /(?:^|\.)(?:http|db|messaging|rpc)\.client\./;
/** Tags of the unit that a block is part of: those of a request, or of another one. */
const UNITS = [
  ['http_route', 'http_method'],
  ['work_name', 'work_kind'],
] as const;

/** Timings within a unit of work that are neither the unit itself nor its calls. */
export function blockMetrics(metrics: readonly MetricInfo[]): { blocks: string[]; cpus: string[] } {
  const names = new Set<string>();
  for (const { name, type, tagKeys } of metrics) {
    if (!TIMINGS.includes(type) || CALL.test(name) || isUnitPart(name) || unitMetric(name) !== undefined)
      continue;
    if (UNITS.some((keys) => keys.every((key) => tagKeys.includes(key)))) names.add(name);
  }
  const cpus = [...names].filter((name) => name.endsWith('.cpu') && names.has(name.slice(0, -4)));
  for (const name of cpus) names.delete(name);
  return { blocks: [...names], cpus };
}
