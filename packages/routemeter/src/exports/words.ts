import { partsOf, subjectText, unitOf, valueText } from '../budgets/index.ts';
import type { Item } from './plan.ts';

/** `GET /home: wall p95 over 250 ms`. */
export function titleOf({ subject, limit }: Item): string {
  return `${subjectText(subject)}: ${limit.measure} over ${limitText(limit)}`;
}

export function limitText({ measure, max }: Item['limit']): string {
  return valueText(unitOf(measure), max);
}

/** The metric that a limit is about: the wall time's, or that of the CPU time beside it. */
export function metricOf({ metric, limit }: Item): string {
  return partsOf(limit.measure).part === 'cpu' ? `${metric}.cpu` : metric;
}
