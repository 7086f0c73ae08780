/** What units of each kind are called, in place of a method. */
export const UNIT_LABELS: Readonly<Record<string, string>> = {
  work: 'WORK',
  cron: 'CRON',
  job: 'JOB',
  message: 'MSG',
  rpc: 'RPC',
  socket: 'WS',
  graphql: 'GQL',
};

/** The metric of units of each kind, without a prefix. */
const METRICS: Readonly<Record<string, string>> = {
  work: 'work.run',
  cron: 'work.run',
  job: 'messaging.process',
  message: 'messaging.process',
  rpc: 'rpc.server.call',
  socket: 'messaging.process',
  graphql: 'graphql.server.operation',
};

/** The metrics of units of work that are no requests, without a prefix. */
export const WORK_METRICS: readonly string[] = [...new Set(Object.values(METRICS))];

/** The outcomes of units that are no requests which count as errors. */
export const FAILURES: readonly string[] = ['error', 'stalled'];

/** Wall time of units of every kind, and what stands before its name. */
const UNIT =
  /^(?:(.*)\.)?(http\.server\.request|work\.run|messaging\.process|rpc\.server\.call|graphql\.server\.operation)$/s;
/** What is measured of units beside their wall time and CPU; `http.server.` is what is measured of requests. */
const PART =
  /(?:^|\.)(?:http\.server\.|(?:work\.run|messaging\.process|rpc\.server\.call|graphql\.server\.operation)\.|(?:work|messaging|rpc\.server|graphql\.server)\.cpu_(?:after|remote)$)/;

type Tags = Readonly<Record<string, string | undefined>>;

/** A unit of work as people see it: a route with its method, a name with the label of its kind. */
export interface UnitSubject {
  method: string;
  route: string;
}

/** The unit that a sample is of, or was part of; undefined where its tags name none. */
export function unitSubject(tags: Tags): UnitSubject | undefined {
  const { http_route: route, http_method: method, work_kind: kind = '' } = tags;
  if (route !== undefined && route !== '' && method !== undefined && method !== '') return { method, route };
  const { work_name: name = '' } = tags;
  return kind === '' || name === '' ? undefined : { method: labelOf(kind), route: name };
}

/** `JOB` for `job`. */
export function labelOf(kind: string): string {
  return (Object.hasOwn(UNIT_LABELS, kind) && UNIT_LABELS[kind]) || kind.toUpperCase();
}

/** The kind with this label; undefined for a method of HTTP. */
export function kindOf(label: string): string | undefined {
  return Object.keys(UNIT_LABELS).find((kind) => UNIT_LABELS[kind] === label.toUpperCase());
}

/** What one unit with this method, or label of a kind, is called: a job is no request. */
export function oneOf(method: string | undefined): 'request' | 'run' {
  return kindOf(method ?? '') === undefined ? 'request' : 'run';
}

/** The metric of units with this method, or label of a kind, without a prefix. */
export function metricOfUnits(method: string): string {
  return METRICS[kindOf(method) ?? ''] ?? 'http.server.request';
}

/** The tags that tell the samples of a unit, of its blocks and of its calls from all others. */
export function unitTags({ method, route }: UnitSubject): Record<string, string> {
  const kind = kindOf(method);
  return kind === undefined
    ? { http_route: route, http_method: method }
    : { work_name: route, work_kind: kind };
}

/** Reads a metric as the wall time of units: what stands before its name, and the name without it. */
export function unitMetric(metric: string): { prefix: string; name: string } | undefined {
  const match = UNIT.exec(metric);
  return match === null ? undefined : { prefix: match[1] ?? '', name: match[2]! };
}

/** Whether a metric is a part of what is measured of units, and no block of code. */
export function isUnitPart(metric: string): boolean {
  return PART.test(metric);
}
