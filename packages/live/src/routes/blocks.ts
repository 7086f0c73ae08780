import type { MetricInfo } from '../store/store.ts';
import { TIMINGS } from './recogniser.ts';

/** Timings with a route and a method that are not the requests themselves. */
export function blockMetrics(metrics: readonly MetricInfo[]): { blocks: string[]; cpus: string[] } {
  const names = new Set<string>();
  for (const { name, type, tagKeys } of metrics) {
    const isRequest = /(?:^|\.)http\.server\./.test(name);
    if (isRequest || !TIMINGS.includes(type)) continue;
    if (tagKeys.includes('http_route') && tagKeys.includes('http_method')) names.add(name);
  }
  const cpus = [...names].filter((name) => name.endsWith('.cpu') && names.has(name.slice(0, -4)));
  for (const name of cpus) names.delete(name);
  return { blocks: [...names], cpus };
}
