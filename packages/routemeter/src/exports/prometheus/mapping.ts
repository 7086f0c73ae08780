import { isPercentile } from '../../budgets/index.ts';
import type { Plan } from '../plan.ts';
import { isWork } from '../unit.ts';
import { promName } from './names.ts';

/** Seconds; what routes of a backend usually take, twenty to a thousandth and above. */
const USUAL = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** What statsd_exporter takes as a glob: at least two parts. It refuses a file with anything else as a whole. */
const GLOB = /^([a-zA-Z_](-?\w)*\.)+[a-zA-Z_](-?\w)*$/;

/**
 * The mapping of statsd_exporter: timings as histograms instead of summaries, which cannot be joined over
 * hosts, with a bucket at every limit, so that a percentile beyond a limit is seen exactly.
 */
export function mappingOf(plan: Plan): object {
  const limits = plan.items.flatMap(({ limit: { measure, max } }) =>
    isPercentile(measure) ? [max / 1000] : [],
  );
  const buckets = [...new Set([...USUAL, ...limits])].sort((a, b) => a - b);
  return {
    defaults: {
      observer_type: 'histogram',
      histogram_options: { buckets },
      // A route that is no longer called leaves, as it does from the library itself.
      ttl: '10m',
    },
    mappings: plan.metrics.map((metric) => ({
      ...matchOf(metric),
      match_metric_type: 'observer',
      name: promName(metric),
      help: isWork(metric)
        ? 'Seconds from the start of a unit of work to its end'
        : 'Seconds from the arrival of a request until its response finished',
    })),
  };
}

function matchOf(metric: string): object {
  if (GLOB.test(metric)) return { match: metric };
  return { match: `^${metric.replace(/[^\w ]/g, '\\$&')}$`, match_type: 'regex' };
}
