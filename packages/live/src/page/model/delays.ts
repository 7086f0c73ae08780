import type { Culprit, DelayAmounts, RouteRow } from '../api/types.ts';

/** Plain words, or a name from the wire. */
type Words = string | { name: string };

const NOBODY: Record<string, string> = {
  outside: 'timers, parsing, and code of no request',
  stopped: 'the process did not run',
  crowd: 'not told one by one',
};

/** A culprit in words; a unit of work by its name. */
export function culpritName({ kind, route, method }: Culprit): Words {
  return NOBODY[kind] ?? { name: [method, route].filter(Boolean).join(' ') };
}

/** What held the loop, as a sentence goes on after "while". */
export function holding(culprit: Culprit | undefined, row: RouteRow): Words[] {
  if (culprit === undefined) return ['the loop was busy'];
  if (culprit.kind === 'stopped') return ['the process did not run'];
  if (culprit.kind === 'outside') return ['code of no request held the loop'];
  if (isSame(culprit, row)) return ['other requests of the same route held the loop'];
  return [culpritName(culprit), ' held the loop'];
}

export function isSame(culprit: Culprit, { route, method }: Pick<RouteRow, 'route' | 'method'>): boolean {
  return culprit.kind === 'request' && culprit.route === route && culprit.method === method;
}

/** What a wait costs one request, both parts together. */
export function perRequest({ queued, delayed }: DelayAmounts): number {
  return (queued.mean ?? 0) + (delayed.mean ?? 0);
}
