import {
  isPercentile,
  oneOf,
  partsOf,
  subjectText,
  TIMES_PARTS,
  type TimesPart,
  unitOf,
  valueText,
} from '../budgets/index.ts';
import type { Item } from './plan.ts';

/** `GET /home: wall p95 over 250 ms`. */
export function titleOf(item: Item): string {
  return `${subjectText(item.subject)}: ${item.limit.measure} over ${limitText(item)}`;
}

export function limitText({ subject, limit: { measure, max } }: Item): string {
  return valueText(unitOf(measure), max, oneOf(subject.method));
}

/** What a mean is of: `calls per request`, `wait per run`. */
export function meanWords(part: 'calls' | 'wait', method: string | undefined): string {
  return `${part} per ${oneOf(method)}`;
}

/** What has percentiles, in words. */
export const PART_WORDS: Record<TimesPart, string> = {
  wall: 'wall time',
  cpu: 'CPU time',
  queued: 'queued',
  client: 'latency as clients see it',
};

/** The parts that a route is drawn with: wall time always, others where they are `usual` or have a limit. */
export function partsDrawn(items: readonly Item[], usual: readonly TimesPart[] = []): TimesPart[] {
  const bounded = new Set(items.map(({ limit }) => partsOf(limit.measure).part));
  return TIMES_PARTS.filter((part) => part === 'wall' || usual.includes(part) || bounded.has(part));
}

/** The metric of a part. */
export function partMetric(metric: string, part: TimesPart): string {
  return part === 'wall' ? metric : `${metric}.${part}`;
}

/** The metric that a limit is about: the wall time's, or one beside it. */
export function metricOf({ metric, limit }: Item): string {
  const { part } = partsOf(limit.measure);
  return isPercentile(limit.measure) ? partMetric(metric, part as TimesPart) : metric;
}
