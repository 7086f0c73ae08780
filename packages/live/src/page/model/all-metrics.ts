import { metrics } from '../api/client.ts';
import type { Metric } from '../api/types.ts';
import { useLoad } from './load.ts';

/** What one view was told last: the next one shows it until it is told anew. */
let last: Metric[] | null = null;

/** All metrics, asked for again and again while the view is open; null before the first answer. */
export function useMetrics(everyMs: number): Metric[] | null {
  const { data } = useLoad('metrics', metrics, everyMs);
  if (data) last = data.metrics;
  return last;
}
