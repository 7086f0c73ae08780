import type { OwnerLog } from './owner-log.ts';
import type { ThreadClock } from './thread-clock.ts';
import type { Work } from './work.ts';

/**
 * A stretch this long is corrected by the thread's CPU clock, whose reading takes 0.3 to 2.5 µs: one
 * percent of it at most. In a shorter one another process can hide no more than this.
 */
const LONG_MS = 0.25;
/** The time between two readings: what short stretches in it had hidden is taken off the next long one. */
const REBASE_MS = 1;
/** A stretch this long of a work that nobody held is worth to be looked for. */
const STRAY_MS = 1;

/** Cumulative times of the loop in ms since the engine was made. */
export interface Totals {
  /** CPU charged to works. */
  owned: number;
  /** CPU of the loop that belongs to no exact work. */
  outside: number;
  /** Time in which the loop had nothing to run. */
  idle: number;
  /** Time in which code held the loop without using CPU, whoever it was. */
  stalled: number;
}

/** Sees what a ledger books. */
export interface LedgerWatcher {
  /**
   * A stretch that ended at the last reading is about to be booked, all in ms; `root` is the unit of work it
   * belongs to, null for nobody. `took` may be 0.
   */
  booked(root: Work | null, took: number, stalled: number): void;
  /** From the last reading on the loop runs a unit of work again. */
  resumed(root: Work): void;
}

/**
 * Books every moment of the loop once: to the work that runs (`current`), to nobody, or to idleness.
 *
 * Nothing is booked when code ends, only when other code begins: the time in between is idle (and
 * subtracted) or the loop's own for the one that ran. So one callback at the begin suffices.
 */
export class Ledger {
  /** Whose work the loop runs now, always an exact one; null: nobody's, or that of one not measured. */
  current: Work | null = null;
  /** The reading up to which everything is booked. */
  last: number;
  lastIdle: number;
  /** All time in which the loop was not idle. */
  busy = 0;
  /** How deep the code runs inside `Engine.run`. */
  depth = 0;
  /** The work opened at `last`, which needs no further reading to begin. */
  fresh: Work | null = null;
  /** Whether a work that nobody held used the loop for long after all; cleared by its reader. */
  strayed = false;
  /** Who wants to see it all; null for nobody. */
  watcher: LedgerWatcher | null = null;
  /** Is told of each stretch, while a profile runs. */
  log: OwnerLog | null = null;

  private readonly clock: () => number;
  private readonly idle: () => number;
  private readonly isProfiled: () => boolean;
  private thread: ThreadClock | null = null;
  private base = 0;
  private baseAt = 0;
  private short = 0;
  private lostIdle = 0;

  private readonly idleFrom: number;
  private owned = 0;
  private outside = 0;
  private stalled = 0;

  /** `isProfiled`: whether a profiler of somebody else's may have interrupted the loop's waiting. */
  constructor(clock: () => number, idle: () => number, isProfiled: () => boolean = () => false) {
    this.clock = clock;
    this.idle = idle;
    this.isProfiled = isProfiled;
    this.last = clock();
    this.lastIdle = idle();
    this.idleFrom = this.lastIdle;
  }

  /** From here on long stretches are corrected by this clock. */
  refineBy(thread: ThreadClock): void {
    this.settle();
    this.thread = thread;
    this.rebase(thread());
  }

  /** Books up to now to the current work and makes `next` the current one. */
  switchTo(next: Work | null): void {
    this.settle();
    this.current = next;
    if (this.watcher !== null && next !== null) this.watcher.resumed(next.root);
  }

  /** Books up to now to the current work. */
  settle(): void {
    const now = this.clock();
    // The loop cannot have waited inside code that it called.
    const idle = this.depth > 0 ? this.lastIdle : this.idleNow();
    const waited = idle - this.lastIdle;
    let elapsed = now - this.last - waited;
    // Not by `Math.max`, whose result is an object until this code is optimised.
    if (elapsed < 0) elapsed = 0;
    this.last = now;
    this.lastIdle = idle;
    this.fresh = null;
    this.busy += elapsed;
    if (elapsed >= LONG_MS) {
      this.bookLong(elapsed, waited > 0);
    } else {
      this.book(elapsed, 0, 0);
      if (this.thread !== null) {
        this.short += elapsed;
        if (now - this.baseAt > REBASE_MS) this.rebase(this.thread());
      }
    }
  }

  /** What the counter of idle time reads, with what a profiler makes it lose. */
  idleNow(): number {
    return this.idle() + this.lostIdle;
  }

  /** Whether long stretches are corrected. */
  get refines(): boolean {
    return this.thread !== null;
  }

  totals(): Totals {
    return {
      owned: this.owned,
      outside: this.outside,
      idle: this.lastIdle - this.idleFrom,
      stalled: this.stalled,
    };
  }

  private bookLong(elapsed: number, waited: boolean): void {
    let cpu = elapsed;
    if (this.thread !== null) {
      const reading = this.thread();
      const used = reading - this.base - this.short;
      if (used < elapsed) cpu = Math.max(0, used);
      this.rebase(reading);
    }
    // CPU and not elapsed time: on a busy machine any callback can be kept waiting that long.
    if (cpu >= STRAY_MS && this.depth === 0 && this.current?.root.held === false) this.strayed = true;
    if (waited && (this.log !== null || this.isProfiled())) this.bookInterrupted(cpu, elapsed - cpu);
    else this.book(cpu, elapsed - cpu, 0);
  }

  /**
   * A profiler interrupts the loop's waiting for each sample, and Node then counts only what followed the last
   * of them as idle. Where it did wait, what is no CPU is more likely that than a stall.
   */
  private bookInterrupted(cpu: number, rest: number): void {
    this.lostIdle += rest;
    this.lastIdle += rest;
    this.busy -= rest;
    this.book(cpu, 0, rest);
  }

  private rebase(reading: number): void {
    // A clock that went away (its descriptor was closed) leaves elapsed time as the best there is.
    if (Number.isNaN(reading)) this.thread = null;
    this.base = reading;
    this.baseAt = this.last;
    this.short = 0;
  }

  private book(cpu: number, stalled: number, waited: number): void {
    this.stalled += stalled;
    let work = this.current;
    if (this.watcher !== null) this.watcher.booked(work === null ? null : work.root, cpu + stalled, stalled);
    if (this.log !== null) this.log.add(work, this.last, cpu, stalled, waited);
    if (work === null) {
      this.outside += cpu;
      return;
    }
    this.owned += cpu;
    if (work.root.ended) work.root.late?.add(cpu / work.root.rate);
    // What a block started and left behind belongs to what it was part of.
    while (work.ended && work.parent !== null) work = work.parent;
    if (work.ended) return;
    work.self += cpu;
    for (let part: Work | null = work; part !== null; part = part.parent) {
      if (part.ended) continue;
      part.cpu += cpu;
      part.stalled += stalled;
    }
  }
}
