import type { MetricType, Summary } from './store.ts';

/** By how much a series stands out over a time: the further from zero, the larger. */
export function rankOf(
  point: Omit<Summary, 'name' | 'type' | 'tags'> | null,
  type: MetricType,
  stat: string,
): number {
  if (point === null) return -1;
  const { count, sum, min, max, quantiles } = point;
  const far = Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0));
  if (type === 'gauge') return far;
  if (type === 'count' || type === 'set') return Math.abs(sum);
  if (stat === 'sum') return Math.abs(sum);
  if (stat === 'count' || stat === 'rate' || stat === 'heat') return count;
  if (stat === 'mean') return Math.abs(sum / count);
  return stat === 'min' || stat === 'max' ? far : Math.abs(quantiles[0] ?? far);
}
