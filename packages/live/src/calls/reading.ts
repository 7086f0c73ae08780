import { SERVICE, type TagKeys, TIMINGS } from '../routes/recogniser.ts';
import type { Range } from '../routes/table.ts';
import type { Need, Reader, Summary } from '../store/store.ts';
import { type CallPart, callMetrics, prefixOfCall } from './kinds.ts';

/** Whose calls, in which time. */
export interface CallQuery extends Range {
  /** Exact tag values, beside what the question itself fixes. */
  where: Readonly<Record<string, string>>;
}

/** The tags of the unit of work that made a call; `unitSubject` reads them. */
export const CALLER_TAGS = ['http_route', 'http_method', 'work_name', 'work_kind'] as const;

/** Asks a store about one part of calls. */
export async function readCalls(
  reader: Reader,
  part: CallPart,
  { from, to, where }: CallQuery,
  by: readonly (string | TagKeys)[],
  { quantiles = [], need = 'all' }: { quantiles?: readonly number[]; need?: Need } = {},
): Promise<Summary[]> {
  const names = callMetrics(await reader.metrics(), part);
  if (names.length === 0) return [];
  return reader.summary({ names, types: TIMINGS, where, by, from, to, quantiles, need });
}

/** The service that a call belongs to, as `/api/routes` has it; asked for by the tag `SERVICE`. */
export function serviceOf(summary: Summary, part: CallPart): string {
  return summary.tags[SERVICE[0]!] || prefixOfCall(summary.name, part);
}
