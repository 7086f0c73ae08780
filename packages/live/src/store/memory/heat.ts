import type { Cell } from './cell.ts';
import { binValue } from './mapping.ts';

/** Ten bins for each power of ten: as fine as an eye can tell apart. */
const PER_DECADE = 10;
const FLOOR = -60;

/** Samples by heat bin. */
export function heatBin(cell: Cell): Map<number, number> {
  const column = new Map<number, number>();
  if (cell.bins === undefined) return column;
  for (let key = cell.low; key <= cell.high; key++) {
    const weight = cell.bins[key - cell.base]!;
    if (weight === 0) continue;
    const value = binValue(key);
    const bin = value > 0 ? Math.max(FLOOR, Math.ceil(Math.log10(value) * PER_DECADE)) : FLOOR;
    column.set(bin, (column.get(bin) ?? 0) + weight);
  }
  return column;
}

/** The upper bound of a bin. */
export function heatBound(bin: number): number {
  return 10 ** (bin / PER_DECADE);
}
