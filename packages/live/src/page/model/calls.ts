import type { RouteCall, RouteRow } from '../api/types.ts';

/** One request that makes the same call so often is worth a look: a query in a loop. */
export const MANY_CALLS = 10;

/** The calls of one block; '' for those outside of blocks. */
export interface CallGroup {
  block: string;
  calls: RouteCall[];
}

/** By block, in the order in which the most expensive call of each stands. */
export function byBlock(calls: readonly RouteCall[]): CallGroup[] {
  const groups = new Map<string, CallGroup>();
  for (const call of calls) {
    let group = groups.get(call.block);
    if (group === undefined) groups.set(call.block, (group = { block: call.block, calls: [] }));
    group.calls.push(call);
  }
  return [...groups.values()];
}

/** How often one request makes a call that it repeats; null where that is nothing to look at. */
export function repeats({ repeated, perRequest }: RouteCall): { mean: number; max: number } | null {
  const mean = repeated?.mean ?? perRequest ?? 0;
  const max = repeated?.max ?? mean;
  return mean >= MANY_CALLS || max >= MANY_CALLS ? { mean, max } : null;
}

/** What one request waits for a call, in milliseconds. */
export function waitPerRequest({ wait, perRequest }: RouteCall): number | null {
  return wait === null || perRequest === null ? null : wait.mean * perRequest;
}

/** The same call of a request, made many times: the one that costs most. */
export function worstRepeat(calls: readonly RouteCall[], row: RouteRow): RouteCall | undefined {
  return [...calls]
    .filter((call) => repeats(call) !== null && (call.share ?? 0) * row.wall.mean >= 1)
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))[0];
}
