import type { SeriesKey, Tag } from '../store.ts';

/** Tags that say which app or outcome it is: few values, and the totals of an app stay its own. */
const KEPT = new Set([
  'service',
  'app',
  'env',
  'stage',
  'version',
  'http_method',
  'http_status_code',
  'aborted',
  'work_kind',
  'outcome',
]);
const MAX_VALUE = 100;
const MAX_NAME = 200;

/**
 * The series that stands for those beyond the cap: the same name and app, the route, or the name of a unit of work, `overflow`, all other
 * tags gone. Sums, counts and distributions keep their totals so.
 */
export function foldOf(series: SeriesKey): SeriesKey {
  if (series.name.length > MAX_NAME) return lastResort(series);
  const tags: Tag[] = [];
  for (const [key, value] of series.tags) {
    if (key === 'http_route' || key === 'work_name') tags.push([key, 'overflow']);
    else if (KEPT.has(key) && value.length <= MAX_VALUE) tags.push([key, value]);
  }
  return { name: series.name, type: series.type, tags };
}

/** Where even the folded series are too many: one for each type. */
export function lastResort(series: SeriesKey): SeriesKey {
  return { name: 'overflow', type: series.type, tags: [] };
}
