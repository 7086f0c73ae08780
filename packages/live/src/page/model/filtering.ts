import type { RouteRow } from '../api/types.ts';
import { statusClasses } from './rows.ts';

export interface Filter {
  /** Words that must all occur in method, route or service. */
  text: string;
  service: string;
  method: string;
  /** First digit of a status that must have occurred: '2' to '5'. */
  status: string;
}

export function matches(row: RouteRow, filter: Filter): boolean {
  if (filter.service && row.service !== filter.service) return false;
  if (filter.method && row.method !== filter.method) return false;
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

/** The choices of a filter, sorted, each once. */
export function choices(rows: readonly RouteRow[], of: (row: RouteRow) => string): string[] {
  return [...new Set(rows.map(of))].filter(Boolean).sort();
}
