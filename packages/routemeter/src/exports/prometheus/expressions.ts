import type { Subject } from '../../budgets/index.ts';
import { type Flavour, matchers, promName } from './names.ts';

export const ROUTE_LABELS = 'http_route, http_method';

/** `sum by (...)`; one series over all where there is no label to keep. */
function sum(by: string, inner: string): string {
  return by === '' ? `sum(${inner})` : `sum by (${by}) (${inner})`;
}

/** A percentile in milliseconds, over the time `range`, such as `5m`. */
export function quantile(
  metric: string,
  q: number,
  range: string,
  by: string,
  flavour: Flavour,
  where: Subject = {},
): string {
  const labels = [by, flavour.buckets].filter((text) => text !== '').join(', ');
  const value = `histogram_quantile(${q}, ${sum(labels, `rate(${promName(metric)}_bucket${matchers(where)}[${range}])`)})`;
  return flavour.toMs === 1 ? value : `${flavour.toMs} * ${value}`;
}

/** Requests or calls within a time. */
export function count(metric: string, range: string, by: string, where: Subject = {}): string {
  return sum(by, `increase(${promName(metric)}_count${matchers(where)}[${range}])`);
}

/** Requests or calls per second. */
export function rate(metric: string, range: string, by: string, where: Subject = {}): string {
  return sum(by, `rate(${promName(metric)}_count${matchers(where)}[${range}])`);
}

/**
 * The share that failed, 0 where nothing did. Of requests: status 500 and above, or thrown without a
 * whole answer. Of blocks, which have no status: thrown.
 */
export function errorShare(metric: string, range: string, by: string, where: Subject = {}): string {
  const failed = (more: string[]) => `rate(${promName(metric)}_count${matchers(where, more)}[${range}])`;
  const all = rate(metric, range, by, where);
  const status = 'http_status_code=~"5.."';
  const unanswered = ['http_status_code!~"5.."', 'error!=""', 'aborted="true"'];
  const thrown = ['http_status_code=""', 'error!=""'];
  const errors = sum(by, [[status], unanswered, thrown].map(failed).join(' or '));
  return `(${errors} or 0 * ${all}) / ${all}`;
}
