import { FAILURES, isPercentile, partsOf, subjectText, type Unit, unitOf } from '../../budgets/index.ts';
import { callMetricsOf } from '../calls.ts';
import type { Item, Plan } from '../plan.ts';
import { isWork } from '../unit.ts';
import { limitText, meanWords, metricOf, titleOf } from '../words.ts';
import { callScope, metricName, scope } from './names.ts';

/** As the API takes it (`POST /api/v1/monitor`). */
export interface Monitor {
  name: string;
  type: 'query alert';
  query: string;
  message: string;
  tags: string[];
  priority: number;
  options: {
    thresholds: { critical: number };
    include_tags: boolean;
    notify_no_data: boolean;
    require_full_window: boolean;
  };
}

export function monitorsOf(plan: Plan): Monitor[] {
  return plan.items.map(monitorOf);
}

function monitorOf(item: Item): Monitor {
  const { subject, limit } = item;
  const { severity, minRequests } = limit.rule;
  return {
    name: `[routemeter] ${titleOf(item)}`,
    type: 'query alert',
    query: `${queryOf(item)} > ${limit.max}`,
    message: [
      `{{#is_alert}}${literal(subjectText(subject))}: ${limit.measure} is {{value}}; the limit is ${limitText(item)}.{{/is_alert}}`,
      `{{#is_recovery}}${literal(subjectText(subject))}: ${limit.measure} is within ${limitText(item)} again.{{/is_recovery}}`,
      `Values are in ${unitWords(item)}; the budget asks for at least ${minRequests} in the window.`,
    ].join('\n'),
    tags: ['source:routemeter', `severity:${severity}`],
    priority: severity === 'critical' ? 2 : 4,
    options: {
      thresholds: { critical: limit.max },
      include_tags: true,
      // No traffic is no breach.
      notify_no_data: false,
      require_full_window: false,
    },
  };
}

function unitWords({ subject, limit }: Item): string {
  const words: Record<Unit, string> = {
    ms: 'milliseconds',
    share: 'shares of one',
    calls: meanWords('calls', subject.method),
  };
  return words[unitOf(limit.measure)];
}

function queryOf(item: Item): string {
  const { part } = partsOf(item.limit.measure);
  const window = `last_${windowOf(item.limit.rule.window)}`;
  if (part === 'calls' || part === 'wait') return `sum(${window}):${meanQuery(item, part)}`;
  if (item.subject.upstream !== undefined) {
    const own = callScope(item.subject.upstream);
    const counted = (more: string[]) =>
      `count:${metricName(item.metric)}{${scope(item.subject, [...own, ...more])}}.as_count()`;
    return `sum(${window}):${counted(['error_type:*'])} / ${counted([])}`;
  }
  if (isPercentile(item.limit.measure)) {
    const quantile = item.limit.measure.split(' ')[1]!;
    return `percentile(${window}):${quantile}:${metricName(metricOf(item))}{${scope(item.subject)}}`;
  }
  const counted = (more: string[]) =>
    `count:${metricName(item.metric)}{${scope(item.subject, more)}}.as_count()`;
  const failed = () => {
    if (item.subject.block !== undefined) return counted(['error:*']);
    if (!isWork(item.metric)) return counted(['http_status_code:5*']);
    return `(${FAILURES.map((outcome) => `default_zero(${counted([`outcome:${outcome}`])})`).join(' + ')})`;
  };
  return `sum(${window}):${failed()} / ${counted([])}`;
}

/** What all units called or waited for, by their number. A metric that nobody sends counts as 0. */
export function meanQuery({ request, metric, subject }: Omit<Item, 'limit'>, part: 'calls' | 'wait'): string {
  const { route, method, upstream } = subject;
  const isOne = upstream !== undefined;
  const leaf = part === 'wait' ? '.wait' : '';
  const metrics = isOne ? [`${metric}${leaf}`] : callMetricsOf(request, leaf);
  const tags = scope({ route, method }, isOne ? callScope(upstream) : []);
  const parts = metrics.map(
    (one) => `default_zero(${part === 'wait' ? 'sum' : 'count'}:${metricName(one)}{${tags}}.as_count())`,
  );
  const requests = `count:${metricName(request)}{${scope({ route, method })}}.as_count()`;
  return `(${parts.join(' + ')}) / ${requests}`;
}

/** Datadog looks back whole minutes, and at least one. */
function windowOf(seconds: number): string {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** Braces of a template are not those of a message. */
function literal(text: string): string {
  return text.replaceAll('{{', '{ {').replaceAll('}}', '} }');
}
