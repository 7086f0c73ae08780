import { unitMetric, unitTags, WORK_METRICS } from '../budgets/index.ts';

/** The canonical name of the metric of requests. */
export const REQUEST = 'http.server.request';

/** The full name of a metric of the application that sends these units: behind the prefix of theirs. */
export function beside(units: string, metric: string): string {
  const prefix = unitMetric(units)?.prefix ?? '';
  return prefix === '' ? metric : `${prefix}.${metric}`;
}

/** Whether the units of a metric are no requests. */
export function isWork(metric: string): boolean {
  return WORK_METRICS.includes(unitMetric(metric)?.name ?? '');
}

/** The tags that tell the units of a metric apart, the name first. */
export function unitLabels(metric: string): [name: string, kind: string] {
  const [name, kind] = Object.keys(unitTags({ route: '', method: isWork(metric) ? 'WORK' : 'GET' }));
  return [name!, kind!];
}

/** What a metric counts, and what has a line of its own, in titles. */
export function titleWords(metric: string): { counted: string; line: string } {
  return isWork(metric) ? { counted: 'Units', line: 'unit' } : { counted: 'Requests', line: 'route' };
}
