import type { RouteRow } from '../api/types.ts';
import { statusClasses } from './rows.ts';

export interface Filter {
  /** Words that must all occur in method, route or service. */
  text: string;
  service: string;
  method: string;
  /** `request`, or the kind of another unit of work. */
  kind: string;
  /** First digit of a status that must have occurred: '2' to '5'. */
  status: string;
}

export function matches(row: RouteRow, filter: Filter): boolean {
  if (filter.service && row.service !== filter.service) return false;
  if (filter.method && row.method !== filter.method) return false;
  if (filter.kind && row.kind !== filter.kind) return false;
  if (filter.status && !statusClasses(row).has(filter.status)) return false;
  return contains(`${row.method} ${row.route} ${row.service}`, filter.text);
}

/** Whether all words of `text` occur in `where`, in any order and case. */
export function contains(where: string, text: string): boolean {
  const low = where.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => low.includes(word));
}

/** The kinds of units of work among the rows, by the labels that stand in place of their method. */
export function kinds(rows: readonly RouteRow[]): Array<[kind: string, label: string]> {
  const labels = new Map(rows.map((row) => [row.kind, row.kind === 'request' ? 'HTTP' : row.method]));
  return [...labels].sort(([, a], [, b]) => (a < b ? -1 : 1));
}

/** The choices of a filter, sorted, each once. */
export function choices(rows: readonly RouteRow[], of: (row: RouteRow) => string): string[] {
  return [...new Set(rows.map(of))].filter(Boolean).sort();
}
