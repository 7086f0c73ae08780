import type { MetricInfo } from '../store/store.ts';
import { TIMINGS } from './recogniser.ts';

/** Requests, and what they ask of others: their parts are no blocks of code. */
const NO_BLOCK = /(?:^|\.)(?:http\.(?:server|client)|(?:db|messaging|rpc)\.client)\./;

/** Timings with a route and a method that are neither the requests themselves nor their calls. */
export function blockMetrics(metrics: readonly MetricInfo[]): { blocks: string[]; cpus: string[] } {
  const names = new Set<string>();
  for (const { name, type, tagKeys } of metrics) {
    if (NO_BLOCK.test(name) || !TIMINGS.includes(type)) continue;
    if (tagKeys.includes('http_route') && tagKeys.includes('http_method')) names.add(name);
  }
  const cpus = [...names].filter((name) => name.endsWith('.cpu') && names.has(name.slice(0, -4)));
  for (const name of cpus) names.delete(name);
  return { blocks: [...names], cpus };
}
