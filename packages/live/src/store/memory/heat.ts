import { heatBin } from '../heat.ts';
import type { Cell } from './cell.ts';
import { binValue } from './mapping.ts';

/** Samples by heat bin. */
export function heatColumn(cell: Cell): Map<number, number> {
  const column = new Map<number, number>();
  for (let key = cell.low; key <= cell.high; key++) {
    const weight = cell.weightOf(key);
    if (weight === 0) continue;
    const bin = heatBin(binValue(key));
    column.set(bin, (column.get(bin) ?? 0) + weight);
  }
  return column;
}
