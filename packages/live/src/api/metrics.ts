import type { MetricType } from '../store/store.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * How many custom metrics Datadog counts for one series: a histogram or timing is avg, count, median,
 * 95percentile and max by default; a distribution is count, sum, min, max and avg.
 */
const CUSTOM_METRICS: Record<MetricType, number> = {
  count: 1,
  gauge: 1,
  set: 1,
  timing: 5,
  histogram: 5,
  distribution: 5,
};

export const metrics: Endpoint = {
  method: 'GET',
  path: '/api/metrics',
  async handle(_query, context) {
    const infos = await context.store.metrics();
    infos.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return {
      metrics: infos.map(({ name, type, tagKeys, series, last }) => ({
        name,
        type,
        tags: tagKeys,
        series,
        customMetrics: series * CUSTOM_METRICS[type],
        last,
      })),
    };
  },
};
