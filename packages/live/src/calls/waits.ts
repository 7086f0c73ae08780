import { unitSubject } from 'routemeter/budgets';
import { SERVICE } from '../routes/recogniser.ts';
import type { RouteRow } from '../routes/row.ts';
import type { Reader } from '../store/store.ts';
import { PEER_TAGS, upstreamName } from './kinds.ts';
import { CALLER_TAGS, type CallQuery, readCalls, serviceOf } from './reading.ts';

/** What a request waits for one upstream on average, in milliseconds. */
export interface Wait {
  /** `postgresql`, `ads.internal`; null for all that stand for less than the named ones. */
  name: string | null;
  mean: number;
}

/** Upstreams that are named for each route: more shades of one colour cannot be told apart. */
const NAMED = 5;

/** Adds to each route what it waits for, the longest first. Routes of applications that tell no waits are left alone. */
export async function withWaits<R extends RouteRow>(
  reader: Reader,
  rows: readonly R[],
  query: CallQuery,
): Promise<(R & { waits?: Wait[] })[]> {
  const summaries = await readCalls(reader, '.wait', query, [SERVICE, ...CALLER_TAGS, ...PEER_TAGS], {
    need: 'means',
  });
  if (summaries.length === 0) return [...rows];
  const byRoute = new Map<string, Map<string, number>>();
  for (const one of summaries) {
    const { route = '', method = '' } = unitSubject(one.tags) ?? {};
    const key = keyOf(serviceOf(one, '.wait'), route, method);
    let names = byRoute.get(key);
    if (names === undefined) byRoute.set(key, (names = new Map()));
    const name = upstreamName(one, '.wait');
    names.set(name, (names.get(name) ?? 0) + one.sum);
  }
  // Rows of several servers are one route to the calls.
  const requests = new Map<string, number>();
  for (const row of rows) {
    const key = keyOf(row.service, row.route, row.method);
    requests.set(key, (requests.get(key) ?? 0) + row.count);
  }
  return rows.map((row) => {
    const key = keyOf(row.service, row.route, row.method);
    const names = byRoute.get(key);
    const count = requests.get(key)!;
    if (names === undefined || count === 0) return row;
    const sorted = [...names].sort((a, b) => b[1] - a[1]);
    const waits = sorted.slice(0, NAMED).map(([name, sum]): Wait => ({ name, mean: sum / count }));
    const rest = sorted.slice(NAMED).reduce((sum, [, one]) => sum + one, 0);
    if (rest > 0) waits.push({ name: null, mean: rest / count });
    return { ...row, waits };
  });
}

function keyOf(service: string, route: string, method: string): string {
  return JSON.stringify([service, route, method.toUpperCase()]);
}
