import { unitSubject } from 'routemeter/budgets';
import { SERVICE } from '../routes/recogniser.ts';
import { QUANTILES, type RouteRow, type Times, times } from '../routes/row.ts';
import { emptySpark, Sparks } from '../routes/sparks.ts';
import type { Reader, Summary } from '../store/store.ts';
import {
  CALL_TAGS,
  type CallIdentity,
  type CallPart,
  callMetrics,
  canonicalOf,
  identityOf,
  prefixOfCall,
} from './kinds.ts';
import { CALLER_TAGS, type CallQuery, readCalls, serviceOf } from './reading.ts';

/** A unit of work that asks an upstream; times in milliseconds. */
export interface Caller {
  service: string;
  /** null for calls that were made outside of requests. */
  route: string | null;
  method: string | null;
  count: number;
  perRequest: number | null;
  /** What a request of this route waited for it; null where nobody tells. */
  wait: { mean: number } | null;
  /** Of the route's wall time, 0 to 1. */
  share: number | null;
}

/** One operation that the applications ask of something outside of them. */
export interface Upstream extends CallIdentity {
  /** The metric's prefix: applications of different ones are told apart. */
  prefix: string;
  count: number;
  /** Calls per second. */
  rate: number;
  errors: number;
  duration: Times;
  /** What requests waited for it in all, in milliseconds per second; null where nobody tells. */
  wait: { rate: number } | null;
  /** Whom it costs most first; at most 50. */
  callers: Caller[];
  /** p95 for each ten seconds of the last five minutes. */
  spark: (number | null)[];
}

const MAX_CALLERS = 50;
/** More rows than anybody reads; names come from the wire, and an engine has those of a whole fleet. */
const MAX_UPSTREAMS = 500;

/** What was asked for a store is asked again: tens of seconds that are over do not change. */
const known = new WeakMap<Reader, Sparks>();

function sparksOf(reader: Reader): Sparks {
  let sparks = known.get(reader);
  if (sparks === undefined) known.set(reader, (sparks = new Sparks(reader)));
  return sparks;
}

/** Upstreams by operation, the one that is waited for longest first; `more` are those beyond 500. */
export async function upstreams(
  reader: Reader,
  rows: readonly RouteRow[],
  query: CallQuery,
): Promise<{ upstreams: Upstream[]; more: number }> {
  const names = callMetrics(await reader.metrics(), '');
  const [durations, outcomes, counts, waits, sparks] = await Promise.all([
    readCalls(reader, '', query, CALL_TAGS, { quantiles: QUANTILES }),
    readCalls(reader, '', query, [...CALL_TAGS, 'error_type'], { need: 'counts' }),
    readCalls(reader, '', query, [SERVICE, ...CALL_TAGS, ...CALLER_TAGS], { need: 'counts' }),
    readCalls(reader, '.wait', query, [SERVICE, ...CALL_TAGS, ...CALLER_TAGS], { need: 'means' }),
    sparksOf(reader).of({ names, where: query.where, by: CALL_TAGS, to: query.to }),
  ]);
  const all = new Map<string, Upstream & { sum: number; isWaitKnown: boolean; waited: number }>();
  for (const one of durations) {
    all.set(idOf(one, ''), {
      ...identityOf(one, ''),
      prefix: prefixOfCall(one.name, ''),
      count: one.count,
      rate: one.count / query.elapsed,
      errors: 0,
      duration: times(one, 1),
      wait: null,
      callers: [],
      spark: sparks.get(sparkId(one)) ?? emptySpark(),
      sum: one.sum,
      isWaitKnown: false,
      waited: 0,
    });
  }
  for (const one of outcomes) {
    const upstream = all.get(idOf(one, ''));
    if (upstream !== undefined && (one.tags.error_type ?? '') !== '') upstream.errors += one.count;
  }
  const routes = new Map(rows.map((row) => [callerKey(row.service, row.route, row.method), row]));
  const waitOf = new Map(waits.map((one) => [callId(one, '.wait'), one.sum]));
  for (const one of counts) {
    const upstream = all.get(idOf(one, ''));
    if (upstream === undefined) continue;
    const waited = waitOf.get(callId(one, ''));
    upstream.callers.push(callerOf(one, routes, waited));
    if (waited === undefined) continue;
    upstream.isWaitKnown = true;
    upstream.waited += waited;
  }
  const shown = [...all.values()]
    .sort((a, b) => b.waited - a.waited || b.sum - a.sum)
    .slice(0, MAX_UPSTREAMS)
    .map(({ sum: _, isWaitKnown, waited, ...upstream }) => ({
      ...upstream,
      wait: isWaitKnown ? { rate: waited / query.elapsed } : null,
      callers: upstream.callers
        .sort((a, b) => cost(b, routes) - cost(a, routes) || b.count - a.count)
        .slice(0, MAX_CALLERS),
    }));
  return { upstreams: shown, more: all.size - shown.length };
}

function callerOf(one: Summary, routes: ReadonlyMap<string, RouteRow>, waited: number | undefined): Caller {
  const service = serviceOf(one, '');
  const { route = '', method = '' } = unitSubject(one.tags) ?? {};
  const row = routes.get(callerKey(service, route, method.toUpperCase()));
  const requests = row?.count ?? 0;
  const wall = requests * (row?.wall.mean ?? 0);
  return {
    service,
    route: route || null,
    method: route === '' ? null : method,
    count: one.count,
    perRequest: requests > 0 ? one.count / requests : null,
    wait: waited === undefined || requests === 0 ? null : { mean: waited / requests },
    share: waited === undefined || wall === 0 ? null : waited / wall,
  };
}

/** What a caller waits for it in all. */
function cost({ service, route, method, wait }: Caller, routes: ReadonlyMap<string, RouteRow>): number {
  const row = routes.get(callerKey(service, route ?? '', (method ?? '').toUpperCase()));
  return (wait?.mean ?? 0) * (row?.count ?? 0);
}

function callerKey(service: string, route: string, method: string): string {
  return JSON.stringify([service, route, method.toUpperCase()]);
}

function idOf(summary: Summary, part: CallPart): string {
  return JSON.stringify([canonicalOf(summary.name, part), CALL_TAGS.map((key) => summary.tags[key] ?? '')]);
}

function sparkId({ name, tags }: Summary): string {
  return JSON.stringify([name, CALL_TAGS.map((key) => tags[key])]);
}

function callId(summary: Summary, part: CallPart): string {
  const caller = CALLER_TAGS.map((key) => summary.tags[key] ?? '');
  return JSON.stringify([idOf(summary, part), serviceOf(summary, part), caller]);
}
