import type { Slice } from './slice.ts';

/** What of the CPU is measured, and what that takes. */
export interface Measured {
  /** The share of the units of work that are measured. */
  share: number;
  /** The share of the loop's time that the measuring takes, by estimate. */
  overhead: number;
  /** Why it is not all of them; empty where it is. */
  why: string;
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

/** A unit is opened, run and closed, which takes readings whoever else runs. */
const UNIT_SETTLES = 4;

/** What is counted of the measuring; each only grows. */
export class Counters {
  /** Callbacks and continuations that were announced. */
  looks = 0;
  /** Those of them that began to run for somebody else. */
  switches = 0;
  units = 0;

  /** What all of it cost, in ms. */
  cost({ look, settle }: Prices): number {
    return this.looks * look + (this.switches + this.units * UNIT_SETTLES) * settle;
  }
}
