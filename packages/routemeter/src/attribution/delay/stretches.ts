import type { Work } from '../work.ts';

/** Stretches that are kept: some hundred milliseconds of the busiest loop. */
export const STRETCHES = 4096;

/** The last stretches of the loop: who held it, until when, and how long. */
export class Stretches {
  /** How many there were ever; the last of them is the one before. */
  count = 0;
  private readonly ends = new Float64Array(STRETCHES);
  private readonly took = new Float64Array(STRETCHES);
  /** Of these, how long the thread did not run at all. */
  private readonly lost = new Float64Array(STRETCHES);
  private readonly owners = new Array<Work | null>(STRETCHES).fill(null);

  /** Adds one that ends at `end`; `joins` says that no idleness lies between it and the one before. */
  add(owner: Work | null, end: number, took: number, lost: number, joins: boolean): void {
    const last = (this.count - 1) & (STRETCHES - 1);
    if (joins && this.count > 0 && this.owners[last] === owner) {
      this.ends[last] = end;
      this.took[last]! += took;
      this.lost[last]! += lost;
      return;
    }
    const at = this.count++ & (STRETCHES - 1);
    this.ends[at] = end;
    this.took[at] = took;
    this.lost[at] = lost;
    this.owners[at] = owner;
  }

  /** The number of the oldest that is kept. */
  get oldest(): number {
    return Math.max(0, this.count - STRETCHES);
  }

  end(number: number): number {
    return this.ends[number & (STRETCHES - 1)]!;
  }

  length(number: number): number {
    return this.took[number & (STRETCHES - 1)]!;
  }

  lostIn(number: number): number {
    return this.lost[number & (STRETCHES - 1)]!;
  }

  owner(number: number): Work | null {
    return this.owners[number & (STRETCHES - 1)]!;
  }
}
