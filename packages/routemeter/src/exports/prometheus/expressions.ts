import { FAILURES, type Subject } from '../../budgets/index.ts';
import { callMetricsOf } from '../calls.ts';
import { isWork, remoteMetric, unitLabels } from '../unit.ts';
import { callMatchers, type Flavour, matchers, promName, quoted } from './names.ts';

/** The labels that tell the units of a metric apart. */
export function labelsOf(units: string): string {
  return unitLabels(units).join(', ');
}

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

/** Units or calls within a time. */
export function count(metric: string, range: string, by: string, where: Subject = {}): string {
  return sum(by, `increase(${promName(metric)}_count${matchers(where)}[${range}])`);
}

/** Units or calls per second. */
export function rate(metric: string, range: string, by: string, where: Subject = {}): string {
  return sum(by, `rate(${promName(metric)}_count${matchers(where)}[${range}])`);
}

/** The share of a core that other threads use for units of a metric. */
export function remoteCpu(units: string, range: string, by: string, { counter }: Flavour): string {
  return `${sum(by, `rate(${promName(remoteMetric(units))}${counter}[${range}])`)} / 1000`;
}

/** What a unit calls on average, or waits for in milliseconds; 0 where it calls nothing. */
export function mean(
  part: 'calls' | 'wait',
  request: string,
  range: string,
  by: string,
  flavour: Flavour,
  { upstream, ...where }: Subject = {},
): string {
  const leaf = part === 'wait' ? '.wait' : '';
  const names = callMetricsOf(request, leaf).map((metric) => promName(metric));
  const name = `__name__=~${quoted(`(${names.join('|')})_${part === 'wait' ? 'sum' : 'count'}`)}`;
  const more = upstream === undefined ? [] : callMatchers(upstream);
  const all = sum(by, `rate(${promName(request)}_count${matchers(where)}[${range}])`);
  const own = sum(by, `rate(${matchers(where, [name, ...more])}[${range}])`);
  const value = `(${own} or 0 * ${all}) / ${all}`;
  return part === 'wait' && flavour.toMs !== 1 ? `${flavour.toMs} * ${value}` : value;
}

/** The share of one upstream's calls that failed; 0 where none did. */
export function failedCalls(
  metric: string,
  range: string,
  by: string,
  { upstream, ...where }: Subject,
): string {
  const own = callMatchers(upstream!);
  const counted = (more: string[]) =>
    sum(by, `rate(${promName(metric)}_count${matchers(where, [...own, ...more])}[${range}])`);
  return `(${counted(['error_type!=""'])} or 0 * ${counted([])}) / ${counted([])}`;
}

/** Calls of one upstream within a time. */
export function callCount(
  metric: string,
  range: string,
  by: string,
  { upstream, ...where }: Subject,
): string {
  return sum(by, `increase(${promName(metric)}_count${matchers(where, callMatchers(upstream!))}[${range}])`);
}

/**
 * The share that failed, 0 where nothing did. Of requests: status 500 and above, or thrown without a
 * whole answer. Of other units: by their outcome. Of blocks, which have neither: thrown.
 */
export function errorShare(metric: string, range: string, by: string, where: Subject = {}): string {
  const failed = (more: string[]) => `rate(${promName(metric)}_count${matchers(where, more)}[${range}])`;
  const all = rate(metric, range, by, where);
  const status = 'http_status_code=~"5.."';
  const unanswered = ['http_status_code!~"5.."', 'error!=""', 'aborted="true"'];
  const thrown = ['http_status_code=""', 'error!=""'];
  const failures = isWork(metric) ? [[`outcome=~"${FAILURES.join('|')}"`]] : [[status], unanswered, thrown];
  const errors = sum(by, failures.map(failed).join(' or '));
  return `(${errors} or 0 * ${all}) / ${all}`;
}
