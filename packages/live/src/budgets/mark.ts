import type { RouteRow } from '../routes/row.ts';
import type { LimitState } from './watch.ts';

/** How a route stands, in a line of the table: its worst limit, its blocks' and upstreams' included. */
export interface Mark {
  state: LimitState['state'];
  severity: LimitState['severity'];
  /** How many of its limits are exceeded. */
  over: number;
  worst: Pick<
    LimitState,
    'measure' | 'block' | 'upstream' | 'unit' | 'limit' | 'value' | 'times' | 'since' | 'text'
  >;
}

/** Adds its mark to each route that has a budget. `states` has the worst first. */
export function marked<R extends RouteRow>(
  rows: R[],
  states: readonly LimitState[],
): (R & { budget?: Mark })[] {
  if (states.length === 0) return rows;
  const byRoute = new Map<string, LimitState[]>();
  for (const state of states) {
    const key = JSON.stringify([state.service, state.method, state.route]);
    byRoute.set(key, [...(byRoute.get(key) ?? []), state]);
  }
  return rows.map((row) => {
    const own = byRoute.get(JSON.stringify([row.service, row.method, row.route]));
    return own === undefined ? row : { ...row, budget: markOf(own) };
  });
}

function markOf(states: readonly LimitState[]): Mark {
  const { measure, block, upstream, unit, limit, value, times, since, text, state, severity } = states[0]!;
  return {
    state,
    severity,
    over: states.filter((one) => one.state === 'over').length,
    worst: { measure, block, upstream, unit, limit, value, times, since, text },
  };
}
