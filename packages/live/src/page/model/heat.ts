import type { HeatAnswer } from '../api/types.ts';

/** Bins are powers of ten apart by an equal ratio; a lone one tells nothing of it. */
const USUAL_RATIO = 10 ** 0.1;

/** The lower bound of the bin at `index`. */
export function lowerBound(bins: readonly number[], index: number): number {
  const ratio = bins.length > 1 ? bins[1]! / bins[0]! : USUAL_RATIO;
  return index > 0 ? bins[index - 1]! : bins[0]! / ratio;
}

/** The largest count of any cell: full colour. */
export function fullest(points: HeatAnswer['points']): number {
  let most = 0;
  for (const row of points) for (const count of row ?? []) most = Math.max(most, count);
  return most;
}

/** How strong a cell is drawn, 0 to 1: the root lifts rare slow requests into sight. */
export function strength(count: number, most: number): number {
  return count > 0 && most > 0 ? 0.12 + 0.88 * Math.sqrt(count / most) : 0;
}

/** The bin that holds `value`, or -1. */
export function binOf(bins: readonly number[], value: number): number {
  const index = bins.findIndex((upper) => value <= upper);
  return index >= 0 && value > lowerBound(bins, index) ? index : -1;
}

/** 1, 2, 5 in each power of ten, or only the powers when there are many. */
export function logSplits(min: number, max: number): number[] {
  const wide = Math.log10(max / min) > 2.2;
  const splits: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power += 1) {
    for (const step of wide ? [1] : [1, 2, 5]) {
      const value = Number(`${step}e${power}`);
      if (value >= min && value <= max) splits.push(value);
    }
  }
  return splits;
}

/** The least ratio between the ends of the axis: less has no round number in it. */
const DECADE = 10;

/** The ends of the axis: those of the bins, around which there is room where they are few. */
export function heatRange(bins: readonly number[]): [low: number, high: number] {
  if (bins.length === 0) return [1, 1000];
  const low = lowerBound(bins, 0);
  const high = bins.at(-1)!;
  const room = Math.sqrt(Math.max(1, DECADE / (high / low)));
  return [low / room, high * room];
}

/** The upper bound of the bin for all that is 0 or less, which has no place on a logarithmic axis. */
const ZERO_BIN = 1.001e-6;

export interface Heat extends HeatAnswer {
  /** The first bin is of what is 0 or less. */
  hasZero: boolean;
}

/** What is 0 or less right below the least of the rest, without the empty decades between. */
export function withoutGap(answer: HeatAnswer): Heat {
  const { bins, points } = answer;
  if (!(bins[0]! <= ZERO_BIN)) return { ...answer, hasZero: false };
  const first = bins.findIndex((_, bin) => bin > 0 && points.some((row) => (row?.[bin] ?? 0) > 0));
  if (first < 0)
    return { ...answer, bins: [1], points: points.map((row) => row && [row[0]!]), hasZero: true };
  return {
    ...answer,
    bins: bins.slice(first - 1),
    points: points.map((row) => row && [row[0]!, ...row.slice(first)]),
    hasZero: true,
  };
}

/** Where the axis names the bin of what is 0 or less: in its middle. */
export const zeroMark = (bins: readonly number[]) => Math.sqrt(lowerBound(bins, 0) * bins[0]!);
