import type { QuerySeries } from '../api/types.ts';

/** What a split by a tag shows: the largest, and all others as one. */
export interface Split {
  /** By name, so that colours stay with their lines while values change. */
  shown: QuerySeries[];
  others: QuerySeries | null;
}

export function splitBy(key: string, series: readonly QuerySeries[]): Split {
  const nameOf = ({ tags }: QuerySeries) => tags[key] ?? '';
  const shown = series.filter(({ others }) => !others);
  shown.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
  return { shown, others: series.find(({ others }) => others) ?? null };
}
