import { unitMetric, unitTags, WORK_METRICS } from '../budgets/index.ts';

/** The canonical name of the metric of requests. */
export const REQUEST = 'http.server.request';

/** The full name of a metric of the application that sends these units: behind the prefix of theirs. */
export function beside(units: string, metric: string): string {
  const prefix = unitMetric(units)?.prefix ?? '';
  return prefix === '' ? metric : `${prefix}.${metric}`;
}

/** The counter of milliseconds that other threads used for units of this metric. */
export function remoteMetric(units: string): string {
  return units.replace(/[^.]*$/, 'cpu_remote');
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

/** What a metric counts, and what has a line of its own, in titles; `perSecond` is Grafana's unit of a rate. */
export function titleWords(metric: string): { counted: string; line: string; perSecond: string } {
  return isWork(metric)
    ? { counted: 'Runs', line: 'unit', perSecond: 'ops' }
    : { counted: 'Requests', line: 'route', perSecond: 'reqps' };
}

/** What a dashboard of these metrics shows. */
export function dashboardTitle(metrics: readonly string[]): string {
  const all = [
    ...(metrics.every(isWork) ? [] : ['routes']),
    ...(metrics.some(isWork) ? ['units of work'] : []),
  ];
  return `Routemeter: ${all.join(' and ')}`;
}
