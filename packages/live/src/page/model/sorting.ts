import type { RouteRow } from '../api/types.ts';
import { coreShare, errorShare, remoteShare, rowKey, totalTime } from './rows.ts';

export const COLUMNS = [
  'route',
  'rate',
  'p50',
  'p95',
  'p99',
  'client',
  'err',
  'cpu',
  'remote',
  'time',
] as const;
export type SortColumn = (typeof COLUMNS)[number];

export interface Order {
  column: SortColumn;
  descending: boolean;
}

/** The first row is the one worth work: the route in which most time is spent. */
export const DEFAULT_ORDER: Order = { column: 'time', descending: true };

const VALUES: Record<Exclude<SortColumn, 'route'>, (row: RouteRow) => number> = {
  rate: (row) => row.rate,
  p50: (row) => row.wall.p50,
  p95: (row) => row.wall.p95,
  p99: (row) => row.wall.p99,
  client: (row) => row.client?.p95 ?? -1,
  err: errorShare,
  cpu: (row) => coreShare(row) ?? -1,
  remote: (row) => remoteShare(row) ?? -1,
  time: totalTime,
};

const byName = (a: RouteRow, b: RouteRow) =>
  compareText(a.route, b.route) || compareText(a.method, b.method) || compareText(rowKey(a), rowKey(b));

// Code units, not locale: quick for thousands of rows and the same on every machine.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function sortRows(rows: readonly RouteRow[], order: Order): RouteRow[] {
  const sign = order.descending ? -1 : 1;
  if (order.column === 'route') return [...rows].sort((a, b) => sign * byName(a, b));
  const value = VALUES[order.column];
  return [...rows].sort((a, b) => sign * (value(a) - value(b)) || byName(a, b));
}

/** Rows nearer than this to their neighbours do not change places: calm beats exact. */
const TOLERANCE = 0.05;

/**
 * The rows in the order to show next. The shown order is kept while no row is out of place by
 * more than 5 %, or always when `held`; rows that are new come where they belong, or last when held.
 */
export function settle(
  shown: readonly string[],
  rows: readonly RouteRow[],
  order: Order,
  held: boolean,
): RouteRow[] {
  const sorted = sortRows(rows, order);
  const byKey = new Map(sorted.map((row) => [rowKey(row), row]));
  const kept = shown.flatMap((key) => byKey.get(key) ?? []);
  if (held) {
    const known = new Set(shown);
    return [...kept, ...sorted.filter((row) => !known.has(rowKey(row)))];
  }
  if (kept.length !== sorted.length || order.column === 'route') return sorted;
  return inPlace(kept, order) ? kept : sorted;
}

function inPlace(rows: readonly RouteRow[], order: Order): boolean {
  const value = VALUES[order.column as Exclude<SortColumn, 'route'>];
  let edge: number | undefined;
  for (const row of rows) {
    const now = value(row);
    if (edge !== undefined) {
      const slack = Math.abs(edge) * TOLERANCE;
      if (order.descending ? now > edge + slack : now < edge - slack) return false;
    }
    edge = edge === undefined ? now : order.descending ? Math.min(edge, now) : Math.max(edge, now);
  }
  return true;
}
