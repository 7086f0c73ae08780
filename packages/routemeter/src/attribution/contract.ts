import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Measured } from './ceiling/limit.ts';
import type { Totals } from './ledger.ts';
import type { OwnerLog } from './owner-log.ts';
import type { Work } from './work.ts';

/** How CPU is attributed, and why so. */
export interface CpuMode {
  mode: 'exact' | 'wall' | 'off';
  why: string;
}

/** Whether delays are estimated, and why so. */
export interface DelayMode {
  mode: 'estimated' | 'off';
  why: string;
}

/**
 * Tells whose work the event loop does, and charges time to it. One per process.
 *
 * The life of a work: `open`, `run` (any number of times), `hold` if it goes on after `run`
 * returned, `close` once.
 */
export interface Engine {
  /** How CPU is measured here: `wall` where the thread's CPU clock fails its start-up check. */
  cpuMode(): CpuMode;
  /**
   * From here on the measuring takes no more than this share of the loop's time, until the function returned
   * is called; of several the least counts. It goes by `choose`.
   */
  limit(ceiling: number): () => void;
  /** Whether a unit of work that opens now is measured, so that the limit is kept. */
  choose(work: Work): boolean;
  /** What of those is measured, and what it takes; null without a limit. */
  measured(): Measured | null;
  /** Whether delays can be estimated here. */
  delayMode(): DelayMode;
  /**
   * From here on works that open have a `lag`, until the function returned is called by all who asked. Does
   * nothing where they cannot be estimated.
   */
  followDelays(): () => void;
  /**
   * Estimates how long what opened `work` just now had waited for the loop, as an event that came from
   * outside. Does nothing where delays are not followed.
   */
  queued(work: Work): void;
  /** The turn of the loop, -1 where delays are not followed. */
  turn(): number;
  /** Tells the sinks of works that have ended who kept them waiting. */
  tellDelays(): void;
  /** What the loop did since the engine was made, in ms. `outside` also holds works that are not exact. */
  totals(): Totals;
  /** What the clock of all times reads, in ms. */
  now(): number;
  /**
   * What the counter of idle time reads, in ms; never less than what opened the works around the caller.
   *
   * @param at what the clock reads: a reading of idle time that is hardly older (0.02 ms) is as good as a new one.
   */
  idle(at: number): number;
  /**
   * Tells `log` of each stretch that is booked from now on, in place of `former`. Returns where the first
   * one begins, or null, and changes nothing, where another log than `former` is told.
   */
  follow(log: OwnerLog | null, former: OwnerLog | null): number | null;
  /** The open work that the calling code belongs to (of a request, also after its end), or null. */
  current(): Work | null;
  /**
   * Takes the opening readings; `run` or `enter` follows at once. `exact` decides whether CPU is
   * charged to it; a block in a request that is not measured is not either.
   */
  open(work: Work, exact: boolean): void;
  /** Runs `fn.call(thisArg, a, b, c)` as part of `work`; errors pass through. */
  run<A, B, C, R>(work: Work, fn: (a: A, b: B, c: C) => R, thisArg: unknown, a: A, b: B, c: C): R;
  /**
   * Makes the calling code part of `work` until `close`, for blocks without a callback, and for units that a library
   * tells of in the midst of its own async function. What an async function's caller starts between its first `await`
   * and the close belongs to it, too.
   */
  enter(work: Work): void;
  /** Says that `work` goes on past the synchronous code that opened it. */
  hold(work: Work): void;
  /** Body events of `req` and `drain` of `res` arrive in the connection's context: runs them in `work`'s. */
  adopt(work: Work, req: IncomingMessage, res: ServerResponse): void;
  /**
   * Takes the closing readings; the work's times are final afterwards. A second call does nothing.
   *
   * @param returned its code has returned from `run` just now, whose last reading then closes it.
   */
  close(work: Work, returned?: boolean): void;
}
