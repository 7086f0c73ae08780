import type { HeatAnswer } from './store.ts';

/** Ten bins for each power of ten: as fine as an eye can tell apart. */
const PER_DECADE = 10;
const FLOOR = -60;

/** The bin of a heat map that a value falls into. */
export function heatBin(value: number): number {
  return value > 0 ? Math.max(FLOOR, Math.ceil(Math.log10(value) * PER_DECADE)) : FLOOR;
}

/** Samples by bin, for each step of each series; bins that none has are left out at both ends. */
export function heatAnswer(
  { start, step }: { start: number; step: number },
  series: readonly (Pick<HeatAnswer['series'][0], 'name' | 'tags' | 'others'> & {
    columns: readonly ReadonlyMap<number, number>[];
  })[],
): HeatAnswer {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of series.flatMap(({ columns }) => columns)) {
    for (const bin of column.keys()) {
      low = Math.min(low, bin);
      high = Math.max(high, bin);
    }
  }
  const width = high >= low ? high - low + 1 : 0;
  return {
    start,
    step,
    bins: Array.from({ length: width }, (_, i) => 10 ** ((low + i) / PER_DECADE)),
    series: series.map(({ columns, ...one }) => ({
      ...one,
      points: columns.map((column) => Array.from({ length: width }, (_, b) => column.get(low + b) ?? 0)),
    })),
  };
}
