import type { Counters, Limit, Measured, Prices } from './limit.ts';
import type { Slice } from './slice.ts';

/** How long the hook is on for all that begin. */
export const SLICE_MS = 200;
/** One slice is measured of so many: their inverses are short numbers. */
export const LEVELS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const;
/** So long a slice is waited for after its end before chance decides whether to go on; then for twice as long. */
export const WAIT_MS = 1000;
/** It goes on in one case of so many: more than two, so that however long units last, the waits end soon on average. */
export const GO_ON_OF = 4;
/** What has gone on so often is waited for to the end: one of 4096. */
export const CHANCES = 6;

/** How often the level is looked at while everything is measured. */
const EVERY_MS = 1000;
/** Fewer are left out only after so long, and where this much of the ceiling would do. */
const CALM_MS = 10_000;
const CALM = 0.8;

/** A slice that is over, and has units that are open. */
interface Waiting {
  readonly slice: Slice;
  chances: number;
  wait: number;
  /** When chance decides next. */
  at: number;
}

/** One of so many numbers from 0 on, each as likely as any other. */
export type Pick = (of: number) => number;

/** What keeps the hook on. */
export interface Holder {
  /** Units of this slice do not any more. */
  giveUp(slice: Slice): void;
}

/**
 * Measures the units of work that begin in one slice of time of so many, at a random place among them. A unit
 * is measured from its begin to its end, whenever that is, or not at all; docs/cpu.md has the proof that
 * no unit is favoured.
 */
export class Slices implements Limit {
  ceiling: number;
  private readonly counters: Counters;
  private readonly prices: Prices;
  private readonly holder: Holder;
  private readonly clock: () => number;
  private readonly pick: Pick;
  /** Place in `LEVELS`. */
  private level = 0;
  /** Begin of the period: of as many slices as the level says, one is measured. */
  private begin: number;
  private place = 0;
  private current: Slice | null;
  private waiting: Waiting[] = [];
  private spent: number;
  /** Since the level last changed, or was too high for long. */
  private calmSince: number;
  private calmSpent: number;
  private overhead = 0;

  /**
   * @param all the slice of all units that have begun so far.
   */
  constructor(
    ceiling: number,
    counters: Counters,
    prices: Prices,
    holder: Holder,
    all: Slice,
    clock: () => number,
    pick: Pick,
  ) {
    this.ceiling = ceiling;
    this.counters = counters;
    this.prices = prices;
    this.holder = holder;
    this.clock = clock;
    this.pick = pick;
    this.current = all;
    this.begin = this.calmSince = clock();
    this.spent = this.calmSpent = counters.cost(prices);
  }

  choose(): Slice | null {
    const at = this.clock();
    this.go(at);
    if (this.level > 0) {
      if (Math.floor((at - this.begin) / SLICE_MS) !== this.place) return null;
      this.current ??= sliceOf(1 / LEVELS[this.level]!);
    }
    this.counters.units++;
    return this.current;
  }

  tick(): boolean {
    this.go(this.clock());
    return this.current === null;
  }

  measured(): Measured {
    const slots = LEVELS[this.level]!;
    const share = 1 / slots;
    const whole = percent(this.overhead * slots);
    const why = `${percent(share)} is measured, in slices of time: all of it would take about ${whole} of the event loop, and the option "cpuCeiling" allows ${percent(this.ceiling)}`;
    return { share, overhead: this.overhead, why: slots === 1 ? '' : why };
  }

  /** Ends what is over by now. */
  private go(at: number): void {
    const length = this.level === 0 ? EVERY_MS : LEVELS[this.level]! * SLICE_MS;
    const into = at - this.begin;
    if (into >= length) this.next(at, into);
    else if (this.level > 0 && into >= (this.place + 1) * SLICE_MS)
      this.end(this.begin + (this.place + 1) * SLICE_MS);
    // The slice of all that ends now is among them.
    if (this.waiting.length > 0) this.waiting = this.waiting.filter((one) => this.goesOn(one, at));
  }

  /** A period begins with the unit that comes first after the last one: where its slice lies is as random for that one as for any. */
  private next(at: number, elapsed: number): void {
    if (this.level > 0) this.end(this.begin + (this.place + 1) * SLICE_MS);
    const former = this.level;
    this.choosesLevel(at, elapsed);
    if (former === 0 && this.level > 0) this.end(at);
    else if (this.level === 0) this.current ??= sliceOf(1);
    this.begin = at;
    this.place = this.level === 0 ? 0 : this.pick(LEVELS[this.level]!);
  }

  private end(at: number): void {
    const { current } = this;
    if (current === null) return;
    this.current = null;
    this.waiting.push({ slice: current, chances: 0, wait: WAIT_MS, at: at + WAIT_MS });
  }

  /** Whether there is more to wait for. */
  private goesOn(one: Waiting, at: number): boolean {
    const { slice } = one;
    while (at >= one.at) {
      if (slice.held === 0) return false;
      if (this.pick(GO_ON_OF) !== 0) {
        slice.isGivenUp = true;
        this.holder.giveUp(slice);
        return false;
      }
      slice.rate /= GO_ON_OF;
      if (++one.chances === CHANCES) return false;
      one.wait *= 2;
      one.at += one.wait;
    }
    return true;
  }

  /** By what the last period took: up at once, down after a while. It never depends on a unit of the period to come. */
  private choosesLevel(at: number, elapsed: number): void {
    const spent = this.counters.cost(this.prices);
    const slots = LEVELS[this.level]!;
    this.overhead = (spent - this.spent) / elapsed;
    this.spent = spent;
    if (this.overhead > this.ceiling) {
      this.level = levelFor((slots * this.overhead) / this.ceiling, this.level + 1);
    } else if (at - this.calmSince < CALM_MS) {
      return;
    } else if (this.level > 0) {
      const whole = (slots * (spent - this.calmSpent)) / (at - this.calmSince);
      this.level = Math.min(this.level, levelFor(whole / (CALM * this.ceiling), 0));
    }
    this.calmSince = at;
    this.calmSpent = spent;
  }
}

function percent(part: number): string {
  return `${Number((part * 100).toPrecision(2))} %`;
}

function sliceOf(rate: number): Slice {
  return { rate, isGivenUp: false, held: 0 };
}

/** The first level from `least` on that measures no more than one of `slots`. */
function levelFor(slots: number, least: number): number {
  const last = LEVELS.length - 1;
  for (let level = least; level < last; level++) if (LEVELS[level]! >= slots) return level;
  return last;
}
