import type { Slice } from './slice.ts';

/** What of the CPU is measured, and what that takes. */
export interface Measured {
  /** The share of the units of work that are measured. */
  share: number;
  /** The share of the loop's time that the measuring takes, by estimate. */
  overhead: number;
  /** The share that measuring all of them would take. */
  whole: number;
}

/** Decides which units of work are measured, so that it costs no more than a share of the loop. */
export interface Limit {
  /** The share. */
  ceiling: number;
  /** The slice of a unit that begins now; null for one that is not measured. */
  choose(): Slice | null;
  /** Called every 50 ms or so while the hook is on. Whether no unit is chosen now, so that it need not stay on. */
  tick(): boolean;
  measured(): Measured;
}

/** What the measuring costs, in ms. */
export interface Prices {
  /** One callback or continuation that is announced. */
  look: number;
  /** One reading of the clocks. */
  settle: number;
}

/** What is counted of the measuring; each only grows. */
export interface Counters {
  looks: number;
  switches: number;
  units: number;
}

/** A unit is opened, run and closed, which takes readings whoever else runs. */
const UNIT_SETTLES = 4;

/** What so much measuring cost, in ms. */
export function costOf({ looks, switches, units }: Counters, { look, settle }: Prices): number {
  return looks * look + (switches + units * UNIT_SETTLES) * settle;
}
