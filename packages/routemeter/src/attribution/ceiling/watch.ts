import type { Counters, Limit, Measured, Prices } from './limit.ts';
import type { Slice } from './slice.ts';

/** How often it is looked what the measuring takes. */
const EVERY_MS = 1000;
/** More than it costs on any Node and machine that is known. */
const AT_MOST: Prices = { look: 0.0005, settle: 0.002 };

/**
 * Everything is measured as long as that cannot take more than its share: by how much is measured, and by
 * the most that it can cost. What finds out the real cost and measures in slices is loaded when it may.
 */
export class Watch implements Limit {
  ceiling: number;
  /** Of all units so far. */
  readonly all: Slice = { rate: 1, isGivenUp: false, held: 0 };
  private readonly counters: Counters;
  private readonly clock: () => number;
  private readonly exceeded: () => void;
  private since: number;
  private before = 0;

  /** `exceeded`: called once. */
  constructor(ceiling: number, counters: Counters, clock: () => number, exceeded: () => void) {
    this.ceiling = ceiling;
    this.counters = counters;
    this.clock = clock;
    this.exceeded = exceeded;
    this.since = clock();
  }

  choose(): Slice {
    this.counters.units++;
    return this.all;
  }

  tick(): boolean {
    const elapsed = this.clock() - this.since;
    if (elapsed < EVERY_MS) return false;
    const cost = this.counters.cost(AT_MOST);
    if (cost - this.before > this.ceiling * elapsed) this.exceeded();
    this.before = cost;
    this.since += elapsed;
    return false;
  }

  measured(): Measured {
    return { share: 1, overhead: 0, why: '' };
  }
}
