import type { Column } from './align.ts';

/**
 * A gauge keeps its value until it is set again. The value that it has where none was sent: from the point
 * before such a gap, so that a line joins on; null elsewhere. `before` is its value ahead of the first point.
 */
export function held(points: readonly (number | null | undefined)[], before: number | null): Column {
  let kept = before;
  return points.map((point, index) => {
    const isGap = (value: number | null | undefined) => value === null || value === undefined;
    if (!isGap(point)) kept = point!;
    return isGap(point) || (index + 1 < points.length && isGap(points[index + 1])) ? kept : null;
  });
}
