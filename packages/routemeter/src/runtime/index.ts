export { RUNTIME_METRICS } from './list.ts';
export type { Running, RuntimeMetric } from './metric.ts';
export { startRuntime } from './start.ts';
