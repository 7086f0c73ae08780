export { datadogFiles } from './datadog/index.ts';
export type { Files } from './files.ts';
export { GRAPHITE_NAMES, type GraphiteNames, grafanaFiles } from './grafana/index.ts';
export { knownRoutes } from './known.ts';
export { type KnownRoute, type Plan, planOf } from './plan.ts';
export { prometheusFiles, SOURCES, type Source } from './prometheus/index.ts';
