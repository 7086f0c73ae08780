import { type Files, json } from '../files.ts';
import type { Plan } from '../plan.ts';
import type { Source } from '../prometheus/names.ts';
import { type GraphiteNames, graphiteDashboard } from './graphite.ts';
import { prometheusDashboard } from './prometheus.ts';

export { GRAPHITE_NAMES, type GraphiteNames } from './graphite.ts';

/** A dashboard for Prometheus and one for Graphite. */
export function grafanaFiles(plan: Plan, source: Source, names: GraphiteNames): Files {
  return {
    'grafana-prometheus.json': json(prometheusDashboard(plan, source)),
    'grafana-graphite.json': json(graphiteDashboard(plan, names)),
  };
}
