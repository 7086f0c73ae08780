import type { RouteRow } from '../routes/row.ts';
import type { Reader } from '../store/store.ts';
import { type Culprit, type DelayQuery, readDelays } from './reading.ts';

/** Who kept the requests of a route waiting longest before they were opened; `mean` is per request, in ms. */
export interface HeldBy extends Culprit {
  mean: number;
}

/** Adds to each route that waits for the event loop who held that. */
export async function withHolders<R extends RouteRow>(
  reader: Reader,
  rows: readonly R[],
  query: DelayQuery,
): Promise<(R & { heldBy?: HeldBy })[]> {
  if (rows.every(({ queued }) => queued === null)) return [...rows];
  const byRoute = new Map<string, Map<string, { culprit: Culprit; ms: number }>>();
  for (const { service, route, method, culprit, part, ms } of await readDelays(reader, query)) {
    if (part !== 'queued' || culprit.kind === 'crowd') continue;
    const key = keyOf(service, route, method);
    let culprits = byRoute.get(key);
    if (culprits === undefined) byRoute.set(key, (culprits = new Map()));
    const id = JSON.stringify(culprit);
    const known = culprits.get(id);
    if (known === undefined) culprits.set(id, { culprit, ms });
    else known.ms += ms;
  }
  // Rows of several servers are one route to who kept them waiting.
  const counts = new Map<string, number>();
  for (const { service, route, method, queued } of rows) {
    const key = keyOf(service, route, method);
    counts.set(key, (counts.get(key) ?? 0) + (queued?.count ?? 0));
  }
  return rows.map((row) => {
    const key = keyOf(row.service, row.route, row.method);
    const [longest] = [...(byRoute.get(key)?.values() ?? [])].sort((a, b) => b.ms - a.ms);
    const count = counts.get(key)!;
    if (longest === undefined || count === 0) return row;
    return { ...row, heldBy: { ...longest.culprit, mean: longest.ms / count } };
  });
}

function keyOf(service: string, route: string, method: string): string {
  return JSON.stringify([service, route, method]);
}
