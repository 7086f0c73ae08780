import type { Work } from './work.ts';

/** Follows whose work the loop did, for as long as a profile runs. */
export interface OwnerLog {
  /**
   * A stretch was booked that ended at `end`, a reading of the engine's clock in ms, and began where the
   * last one had ended. What of that time is neither CPU nor stalled was idle.
   *
   * @param work who is charged; null for nobody.
   * @param waited what was booked as idle, and may be stalled for all that the clocks tell.
   */
  add(work: Work | null, end: number, cpu: number, stalled: number, waited: number): void;
}
