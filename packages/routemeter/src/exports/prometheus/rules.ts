import { partsOf, type Subject, subjectText } from '../../budgets/index.ts';
import type { Item, Plan } from '../plan.ts';
import { limitText, metricOf, titleOf } from '../words.ts';
import { count, errorShare, quantile, ROUTE_LABELS } from './expressions.ts';
import { FLAVOURS, matchers, promName, type Source } from './names.ts';

interface RecordingRule {
  record: string;
  expr: string;
}

interface AlertingRule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** As a rule file of Prometheus holds it. */
export interface RuleFile {
  groups: { name: string; rules: (RecordingRule | AlertingRule)[] }[];
}

/**
 * Recording rules for every percentile, count and share of errors that a limit is about, by route; and an
 * alert for each limit, which has the minimal traffic in its condition.
 */
export function rulesOf(plan: Plan, source: Source): RuleFile {
  const recordings = new Map<string, RecordingRule>();
  for (const item of plan.items) {
    for (const rule of [recordingOf(item, source), traffic(item)]) recordings.set(rule.record, rule);
  }
  const records = [...recordings.values()].sort((a, b) => (a.record < b.record ? -1 : 1));
  return {
    groups: [
      { name: 'routemeter-recordings', rules: records },
      { name: 'routemeter-budgets', rules: plan.items.map(alertOf) },
    ],
  };
}

/** `wall p95` over 300 s is recorded as `http_route:shop_http_server_request:p95_5m`. */
function recordName(item: Item, what: string): string {
  const level = item.subject.route === undefined ? 'all' : 'http_route';
  return `${level}:${promName(metricOf(item))}:${what}_${rangeOf(item.limit.rule.window)}`;
}

function labelsOf({ route }: Subject): string {
  return route === undefined ? '' : ROUTE_LABELS;
}

function valueName(item: Item): string {
  const { part } = partsOf(item.limit.measure);
  return recordName(item, part === 'errors' ? 'errors' : item.limit.measure.split(' ')[1]!);
}

function recordingOf(item: Item, source: Source): RecordingRule {
  const { part, q } = partsOf(item.limit.measure);
  const range = rangeOf(item.limit.rule.window);
  const by = labelsOf(item.subject);
  const metric = metricOf(item);
  const expr =
    part === 'errors' ? errorShare(metric, range, by) : quantile(metric, q, range, by, FLAVOURS[source]);
  return { record: valueName(item), expr };
}

function traffic(item: Item): RecordingRule {
  const range = rangeOf(item.limit.rule.window);
  return { record: recordName(item, 'count'), expr: count(metricOf(item), range, labelsOf(item.subject)) };
}

function alertOf(item: Item): AlertingRule {
  const { subject, limit } = item;
  const { severity, window, minRequests } = limit.rule;
  const where = matchers(subject);
  const on = labelsOf(subject) === '' ? 'on ()' : `on (${ROUTE_LABELS})`;
  const value =
    partsOf(limit.measure).part === 'errors'
      ? '{{ $value | humanizePercentage }}'
      : '{{ printf "%.4g" $value }} ms';
  return {
    alert: 'RoutemeterBudgetExceeded',
    expr: `${valueName(item)}${where} > ${limit.max} and ${on} ${recordName(item, 'count')}${where} >= ${minRequests}`,
    // One slow moment is not a breach: it must last a fifth of the window that it is seen through.
    for: rangeOf(Math.max(1, Math.round(window / 5))),
    labels: { measure: limit.measure, severity, subject: template(subjectText(subject)) },
    annotations: {
      summary: template(titleOf(item)),
      description: `${template(`${subjectText(subject)}: ${limit.measure}`)} is ${value} over ${rangeOf(window)}; the limit is ${limitText(limit)}`,
    },
  };
}

/** Seconds as Prometheus writes them. */
export function rangeOf(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** A text that Prometheus expands as a template: braces in it are themselves. */
function template(text: string): string {
  return text.replaceAll('{{', '{{"{{"}}');
}
