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

/** What Datadog's own clients, tracers and Agent say of themselves, which it does not bill. */
const NOT_BILLED = /^datadog\.(?:dogstatsd|agent|tracer|trace_agent|process|system_probe)\./;

export const metrics: Endpoint = {
  method: 'GET',
  path: '/api/metrics',
  async handle(_query, context) {
    const infos = await context.store.metrics();
    infos.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return {
      metrics: infos.map(({ name, type, tagKeys, series, last, rate, value, stored, decreases }) => ({
        name,
        type,
        tags: tagKeys,
        series,
        senders: series,
        customMetrics: NOT_BILLED.test(name) ? 0 : series * CUSTOM_METRICS[type],
        last,
        lastSeen: last,
        value,
        rate,
        unit: context.units.of(name, type) ?? null,
        stored: stored ?? context.scrape.nameOf(name, type) ?? null,
        ...(decreases === true ? { decreases } : {}),
      })),
    };
  },
};
