import type { LoopTurns } from './loop.ts';

/** While the loop runs its timers and immediates, its count is asked for at most this often. */
const OFTEN_MS = 0.05;
/** After a turn so many callbacks are looked at, whosever they are: mostly the first of them is the next poll's. */
const FIRSTS = 2;

/**
 * When the loop last looked for events, and for timers. What was ready before the loop last found nothing to
 * do, or before the poll of the turn before, would have run then: so what runs now became ready in the
 * window from there to this turn's poll.
 */
export class Turns {
  /** Turns since the first one that was seen. */
  count = 0;
  /** Begin and end of the window of what came with the poll, or of timers; set by `look`. */
  from = 0;
  to = 0;
  /** No poll has been seen since the last turn ended. */
  private isBetween = true;

  private readonly loop: LoopTurns;
  private poll: number;
  private pollBefore: number;
  private timers: number;
  private timersBefore: number;
  private idle: number;
  private idleEnd: number;
  private polls: number;
  private askedAt = 0;
  /** It was asked for at the last reading. */
  private isAsked = false;
  private firsts = 0;
  /** Since when the process did not run, where no event has come of the poll that ended it; 0 for never. */
  private stoppedFrom = 0;

  constructor(loop: LoopTurns, at: number, idle: number) {
    this.loop = loop;
    this.poll = this.pollBefore = this.timers = this.timersBefore = this.idleEnd = at;
    this.idle = idle;
    this.polls = loop.count();
  }

  /** The callbacks of a poll are through: timers come next, then the poll of the turn that begins. */
  turned(at: number): void {
    // There was one, whether or not anything came of it.
    if (this.isBetween) this.polled(at);
    this.count++;
    this.isBetween = true;
    this.firsts = FIRSTS;
    this.timersBefore = this.timers;
    this.timers = at;
  }

  /** A stretch ends at `at`; `idle` is the reading of idle time. Returns how long the loop was idle since the last one. */
  passed(at: number, idle: number): number {
    const rested = idle - this.idle;
    this.isAsked = false;
    if (rested !== 0) {
      this.idle = idle;
      this.idleEnd = at;
      // The loop rests nowhere else.
      if (this.isBetween) this.polled(at);
    } else if (this.isBetween && at - this.askedAt > OFTEN_MS) this.ask(at);
    return rested;
  }

  /** Something came as an event at `at`, the end of the last stretch: it must be known which poll brought it. */
  came(at: number): void {
    if (this.isBetween && !this.isAsked) this.ask(at);
  }

  /** Whether a callback that needs no reading of the clock is worth one: it may be the first of a poll. */
  get wantsFirst(): boolean {
    return this.isBetween && this.firsts-- > 0;
  }

  /** The process did not run from `since` until now, where the loop seemed to be idle. */
  stopped(since: number): void {
    this.idleEnd = since;
    // The signal that lets it go on interrupts its poll: what had come meanwhile is found by the next one.
    this.stoppedFrom = since;
  }

  /** The window in which something became ready that runs now, and was not ready before `notBefore`. */
  look(notBefore: number): void {
    const isTimer = this.isBetween && notBefore > 0;
    if (!isTimer) this.stoppedFrom = 0;
    const before = isTimer ? this.timersBefore : this.pollBefore;
    this.from = Math.max(before, this.idleEnd, notBefore);
    this.to = Math.max(isTimer ? this.timers : this.poll, this.from);
  }

  /** Only the loop's own count tells its timers, which come after the turn, from what its next poll found. */
  private ask(at: number): void {
    this.askedAt = at;
    this.isAsked = true;
    const polls = this.loop.count();
    if (polls === this.polls) return;
    this.polled(at);
    this.polls = polls;
  }

  /** Each turn has one poll: which it was needs no asking. */
  private polled(at: number): void {
    this.polls++;
    this.isBetween = false;
    this.pollBefore = this.stoppedFrom > 0 ? this.stoppedFrom : this.poll;
    this.poll = at;
    this.stoppedFrom = 0;
  }
}
