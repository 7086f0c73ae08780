export { OVERFLOW } from './fold.ts';
export { IDLE_MS, Registry } from './registry.ts';
export { type Drain, type MetricType, Series, type SeriesId, type Tag, type TagOrigin } from './series.ts';
