import { type Difference, differencesOf } from './different.ts';
import type { RouteRow } from './row.ts';

/** One host's part of a route. */
export interface HostRow extends Pick<RouteRow, 'host' | 'count' | 'rate' | 'errors' | 'wall' | 'cpu'> {
  /** In what it differs from the others; the most telling one first. */
  differs: Difference[];
}

/** The hosts of one route in the order of their names, each held against the others. */
export function hostRows(rows: readonly RouteRow[]): HostRow[] {
  const hosts = rows
    .map(({ host = '', count, rate, errors, wall, cpu }) => ({ host, count, rate, errors, wall, cpu }))
    .sort((a, b) => ORDER.compare(a.host, b.host));
  const differences = differencesOf(hosts);
  return hosts.map((host, i) => ({ ...host, differs: differences[i]! }));
}

const ORDER = new Intl.Collator('en', { numeric: true });
