import { unitTags } from 'routemeter/budgets';
import { SERVICE } from '../routes/recogniser.ts';
import { QUANTILES, type RouteRow, type Times, times } from '../routes/row.ts';
import type { Reader, Summary } from '../store/store.ts';
import { CALL_TAGS, type CallIdentity, type CallPart, identityOf } from './kinds.ts';
import { type CallQuery, readCalls, serviceOf } from './reading.ts';

/** What one route asks of an upstream, and what it costs it; times in milliseconds. */
export interface RouteCall extends CallIdentity {
  /** The innermost block that made it; '' where none did. */
  block: string;
  count: number;
  perRequest: number | null;
  errors: number;
  /** How long a call took. */
  duration: Times;
  /** Of the time in which a request could only wait, what a call had of it; null where nobody tells. */
  wait: { mean: number } | null;
  /** Of the wall time of all requests, 0 to 1; null where no waits are told. */
  share: number | null;
  /** How often one request made it, of the requests that did; null where nobody tells. */
  repeated: { max: number; mean: number } | null;
}

export interface RouteCalls {
  requests: number;
  /** What a request waited for its calls. */
  waiting: { mean: number | null };
  /** All that it waited, whatever for. */
  idle: { mean: number | null };
  calls: RouteCall[];
  /** Calls beyond 500. */
  more: number;
}

const MAX_CALLS = 500;

const BLOCK = 'block';
const OWN = [...CALL_TAGS, BLOCK];
const BY = [SERVICE, ...OWN];

/** The calls of the routes in `rows`, which are one route's of one service or of several; what costs most comes first. */
export async function routeCalls(
  reader: Reader,
  rows: readonly RouteRow[],
  { route, method, service }: { route: string; method: string; service: string | undefined },
  query: CallQuery,
): Promise<RouteCalls> {
  const own: CallQuery = {
    ...query,
    where: { ...query.where, ...unitTags({ route, method: method === 'OTHER' ? 'other' : method }) },
  };
  const [durations, outcomes, waits, repeats] = await Promise.all([
    readCalls(reader, '', own, BY, { quantiles: QUANTILES }),
    readCalls(reader, '', own, [...BY, 'error_type'], { need: 'counts' }),
    readCalls(reader, '.wait', own, BY, { need: 'means' }),
    readCalls(reader, '.repeated', own, BY),
  ]);
  const mine = (part: CallPart) => (one: Summary) =>
    service === undefined || serviceOf(one, part) === service;
  const requests = rows.reduce((sum, row) => sum + row.count, 0);
  const wall = rows.reduce((sum, row) => sum + row.count * (row.wall.mean ?? 0), 0);
  const errors = new Map<string, number>();
  for (const one of outcomes) {
    if ((one.tags.error_type ?? '') === '') continue;
    const id = idOf(one, '');
    errors.set(id, (errors.get(id) ?? 0) + one.count);
  }
  const waitOf = byId(waits, '.wait');
  const repeatOf = byId(repeats, '.repeated');
  const calls = durations.filter(mine('')).map((one): RouteCall => {
    const id = idOf(one, '');
    const wait = waitOf.get(id);
    const repeat = repeatOf.get(id);
    return {
      ...identityOf(one, ''),
      block: one.tags[BLOCK] ?? '',
      count: one.count,
      perRequest: requests > 0 ? one.count / requests : null,
      errors: errors.get(id) ?? 0,
      duration: times(one, 1),
      wait: wait === undefined || one.count === 0 ? null : { mean: wait.sum / one.count },
      share: wait === undefined || wall === 0 ? null : wait.sum / wall,
      repeated:
        repeat === undefined || repeat.count === 0
          ? null
          : { max: repeat.max ?? 0, mean: repeat.sum / repeat.count },
    };
  });
  calls.sort((a, b) => (b.share ?? 0) - (a.share ?? 0) || total(b) - total(a));
  const waited = waits.filter(mine('.wait')).reduce((sum, one) => sum + one.sum, 0);
  const idle = rows.filter((row) => row.idle !== null);
  return {
    requests,
    waiting: { mean: requests > 0 ? waited / requests : null },
    idle: {
      mean:
        idle.length === 0
          ? null
          : idle.reduce((sum, row) => sum + row.count * row.idle!.mean, 0) /
            idle.reduce((sum, row) => sum + row.count, 0),
    },
    calls: calls.slice(0, MAX_CALLS),
    more: Math.max(0, calls.length - MAX_CALLS),
  };
}

function byId(summaries: readonly Summary[], part: CallPart): Map<string, Summary> {
  return new Map(summaries.map((one) => [idOf(one, part), one]));
}

/** The same for all parts of one call. */
function idOf(summary: Summary, part: CallPart): string {
  const { kind } = identityOf(summary, part);
  return JSON.stringify([serviceOf(summary, part), kind, OWN.map((key) => summary.tags[key] ?? '')]);
}

function total({ count, duration }: RouteCall): number {
  return count * (duration.mean ?? 0);
}
