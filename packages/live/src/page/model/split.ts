import type { QuerySeries } from '../api/types.ts';

/** What a split by a tag shows: the largest by name, and all others as one. */
export interface Split {
  shown: QuerySeries[];
  others: {
    count: number;
    /** Null where the statistic of several cannot be told from that of each. */
    points: (number | null)[] | null;
  } | null;
}

type Points = QuerySeries['points'];

const add = (a: number, b: number) => a + b;
/** How a point of several series follows from theirs. */
const MERGES: Record<string, (a: number, b: number) => number> = {
  rate: add,
  count: add,
  sum: add,
  min: Math.min,
  max: Math.max,
};

/** The `most` largest over the time that is shown; with more, the last place is that of the others. */
export function splitBy(key: string, series: readonly QuerySeries[], most: number): Split {
  const named = series.filter(({ others }) => !others);
  const rest = series.find(({ others }) => others);
  const isAll = rest === undefined && named.length <= most;
  const bySize = [...named].sort((a, b) => sizeOf(b) - sizeOf(a));
  const shown = bySize.slice(0, isAll ? most : most - 1);
  // By name, so that colours stay with their lines while values change.
  shown.sort((a, b) => ((a.tags[key] ?? '') < (b.tags[key] ?? '') ? -1 : 1));
  if (isAll) return { shown, others: null };
  const left = bySize.slice(most - 1);
  const count = left.length + (rest?.count ?? 0);
  const parts = rest ? [...left, rest] : left;
  return { shown, others: { count, points: parts.length === 1 ? parts[0]!.points : merged(parts) } };
}

function merged(parts: readonly QuerySeries[]): Points | null {
  const merge = MERGES[parts[0]?.stat ?? ''];
  if (!merge) return null;
  const length = Math.max(0, ...parts.map(({ points }) => points.length));
  return Array.from({ length }, (_, index) => {
    const values = parts.flatMap(({ points }) => points[index] ?? []);
    return values.length > 0 ? values.reduce(merge) : null;
  });
}

/** How much of a chart a series is: all of its points where they add up, else the furthest from 0. */
function sizeOf({ stat, points }: QuerySeries): number {
  const sizes = points.map((point) => Math.abs(point ?? 0));
  return MERGES[stat] === add ? sizes.reduce(add, 0) : Math.max(0, ...sizes);
}
