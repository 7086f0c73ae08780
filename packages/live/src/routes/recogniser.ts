import type { MetricInfo } from '../store/store.ts';

/** Tag keys that may hold a value, in order of preference. */
export type TagKeys = readonly string[];

/** Tags of the server that took a request, as it listens. */
export interface ServerTags {
  address: string;
  port: string;
}

/** A metric that measures requests. */
export interface RouteMetric {
  /** Wall time. */
  metric: string;
  /** Metric types that count as it; the same name may be used for something else. */
  types: readonly MetricInfo['type'][];
  /** What a value has to be multiplied with to be in milliseconds. */
  toMs: number;
  /** Further metrics of the same row: counts and means are of all of them, percentiles are not known. */
  together?: readonly string[];
  /** Companions, where there are any. */
  cpu?: string;
  stalled?: string;
  loopBusy?: string;
  queued?: string;
  delayed?: string;
  client?: string;
  /** A counter of milliseconds, in which other threads used CPU. */
  cpuRemote?: string;
  /** Counters of responses by status, where the status is part of the name. */
  statuses?: readonly { metric: string; status: string }[];
  /** Where the name and not a tag says it. */
  service?: string;
  route?: string;
  method?: string;
}

/** Reads what one kind of sender says about requests. */
export interface Recogniser {
  name: string;
  /** What it is for, with an example of a line. */
  about: string;
  /** Tags that tell one route from another, outcomes within a route, and who added a job. */
  tags: {
    service: TagKeys;
    route: TagKeys;
    method: TagKeys;
    status: TagKeys;
    server?: ServerTags;
    adder?: TagKeys;
  };
  /** Of units of work that are no requests: the tag `method` is their kind, `status` how they came out. */
  kinds?: {
    /** What stands in place of a method. */
    label(kind: string): string;
    /** Outcomes that are errors. */
    failures: readonly string[];
  };
  find(metrics: readonly MetricInfo[]): RouteMetric[];
}

export const SERVICE: TagKeys = ['service', 'app'];
/** Collectors give it to all that they write. */
export const HOST: TagKeys = ['host'];
export const TIMINGS: readonly MetricInfo['type'][] = ['timing', 'histogram', 'distribution'];

export function isTiming(metric: MetricInfo): boolean {
  return TIMINGS.includes(metric.type);
}

/** `myapp` of `myapp.http.server.request` for the suffix `http.server.request`; '' without one, undefined if it is another metric. */
export function prefixOf(name: string, suffix: string): string | undefined {
  if (name === suffix) return '';
  return name.endsWith(`.${suffix}`) ? name.slice(0, -suffix.length - 1) : undefined;
}

/** What is summed up of units beside their metric: `cpu_remote` of `http.server.request` is `http.server.cpu_remote`. */
export function summedBeside(metric: string, leaf: string): string {
  return metric.replace(/[^.]*$/, leaf);
}

/** Counters of responses by what stands before `PART.STATUS` in their names, such as `request.status`. */
export function statusCounters(
  metrics: readonly MetricInfo[],
  part: string,
): Map<string, { metric: string; status: string }[]> {
  const found = new Map<string, { metric: string; status: string }[]>();
  const middle = `${part}.`;
  for (const { name, type } of metrics) {
    if (type !== 'count') continue;
    const at = name.lastIndexOf(middle);
    const status = name.slice(at + middle.length);
    const isWhole = at === 0 || name[at - 1] === '.';
    if (at < 0 || !isWhole || !/^\w+$/.test(status)) continue;
    const key = name.slice(0, Math.max(0, at - 1));
    found.set(key, [...(found.get(key) ?? []), { metric: name, status }]);
  }
  return found;
}
