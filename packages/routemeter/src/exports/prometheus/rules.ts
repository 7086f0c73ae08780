import { oneOf, partsOf, subjectText, type Unit, unitOf } from '../../budgets/index.ts';
import type { Item, Plan } from '../plan.ts';
import { unitLabels } from '../unit.ts';
import { limitText, metricOf, titleOf } from '../words.ts';
import { callCount, count, errorShare, failedCalls, labelsOf, mean, quantile } from './expressions.ts';
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
 * Recording rules for every percentile, count and share of errors that a limit is about, by route or unit; and an
 * alert for each limit, which has the minimal traffic in its condition.
 */
export function rulesOf(plan: Plan, source: Source): RuleFile {
  const recordings = new Map<string, RecordingRule>();
  for (const item of plan.items) {
    if (item.subject.upstream !== undefined) continue;
    for (const rule of [recordingOf(item, source), traffic(item)]) recordings.set(rule.record, rule);
  }
  const records = [...recordings.values()].sort((a, b) => (a.record < b.record ? -1 : 1));
  return {
    groups: [
      { name: 'routemeter-recordings', rules: records },
      { name: 'routemeter-budgets', rules: plan.items.map((item) => alertOf(item, source)) },
    ],
  };
}

/** `wall p95` over 300 s is recorded as `http_route:shop_http_server_request:p95_5m`. */
function recordName(item: Item, what: string): string {
  const level = item.subject.route === undefined ? 'all' : unitLabels(item.request)[0];
  return `${level}:${promName(metricOf(item))}:${what}_${rangeOf(item.limit.rule.window)}`;
}

function keptBy({ subject, request }: Item): string {
  return subject.route === undefined ? '' : labelsOf(request);
}

function valueName(item: Item): string {
  const { part } = partsOf(item.limit.measure);
  return recordName(item, item.limit.measure.split(' ')[1] ?? part);
}

function recordingOf(item: Item, source: Source): RecordingRule {
  const { part, q } = partsOf(item.limit.measure);
  const range = rangeOf(item.limit.rule.window);
  const by = keptBy(item);
  const metric = metricOf(item);
  return { record: valueName(item), expr: expr() };

  function expr(): string {
    if (part === 'errors') return errorShare(metric, range, by);
    if (part === 'calls' || part === 'wait') return mean(part, item.request, range, by, FLAVOURS[source]);
    return quantile(metric, q, range, by, FLAVOURS[source]);
  }
}

/** Value and traffic of a limit of one upstream, which are asked for where they are needed alone. */
function upstreamExprs(item: Item, source: Source): [string, string] {
  const { metric, request, subject, limit } = item;
  const range = rangeOf(limit.rule.window);
  const by = keptBy(item);
  const { upstream: _, ...route } = subject;
  return limit.measure === 'errors'
    ? [failedCalls(metric, range, by, subject), callCount(metric, range, by, subject)]
    : [
        mean(limit.measure as 'calls' | 'wait', request, range, by, FLAVOURS[source], subject),
        count(request, range, by, route),
      ];
}

function traffic(item: Item): RecordingRule {
  const range = rangeOf(item.limit.rule.window);
  return { record: recordName(item, 'count'), expr: count(metricOf(item), range, keptBy(item)) };
}

function alertOf(item: Item, source: Source): AlertingRule {
  const { subject, limit } = item;
  const { severity, window, minRequests } = limit.rule;
  const where = matchers(subject);
  const on = `on (${keptBy(item)})`;
  const value = valueWords(item);
  const [measured, counted] =
    subject.upstream === undefined
      ? [`${valueName(item)}${where}`, `${recordName(item, 'count')}${where}`]
      : upstreamExprs(item, source).map((expr) => `(${expr})`);
  return {
    alert: 'RoutemeterBudgetExceeded',
    expr: `${measured} > ${limit.max} and ${on} ${counted} >= ${minRequests}`,
    // One slow moment is not a breach: it must last a fifth of the window that it is seen through.
    for: rangeOf(Math.max(1, Math.round(window / 5))),
    labels: { measure: limit.measure, severity, subject: template(subjectText(subject)) },
    annotations: {
      summary: template(titleOf(item)),
      description: `${template(`${subjectText(subject)}: ${limit.measure}`)} is ${value} over ${rangeOf(window)}; the limit is ${limitText(item)}`,
    },
  };
}

function valueWords({ subject, limit }: Item): string {
  const words: Record<Unit, string> = {
    share: '{{ $value | humanizePercentage }}',
    ms: '{{ printf "%.4g" $value }} ms',
    calls: `{{ printf "%.4g" $value }} per ${oneOf(subject.method)}`,
  };
  return words[unitOf(limit.measure)];
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
