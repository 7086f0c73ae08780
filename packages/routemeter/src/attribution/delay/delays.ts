import type { Ledger, LedgerWatcher } from '../ledger.ts';
import { type DelayPart, Lag, type Work } from '../work.ts';
import { Blames } from './blames.ts';
import type { LoopTurns } from './loop.ts';
import { Stretches } from './stretches.ts';
import { Turns } from './turns.ts';

/** A wait shorter than this is not worth a walk: its culprits are not named. */
export const WORTH_MS = 0.3;
/** Stretches that may be looked at between two flushes: less than a millisecond of the loop. */
export const STEPS = 20_000;
/** A stretch stalled this long is worth asking the system whether the thread was kept from running. */
const STALL_MS = 1;
/** How often the loop has to wake up at least, so that a time without it can be told from rest. */
const BEAT_MS = 100;
/** A beat may be this late for other reasons. */
const LATE_MS = 25;

/**
 * Estimates how long the loop kept units of work waiting, and by whom. What became ready somewhere in the
 * window of `Turns` is taken as equally likely at any moment of it: the expected wait is the time since
 * the window ended and half of the window. Whose it was is read off the stretches that lie there.
 */
export class Delays implements LedgerWatcher {
  private readonly ledger: Ledger;
  private readonly turns: Turns;
  private readonly stretches = new Stretches();
  private readonly blames = new Blames();
  private readonly random: () => number;
  private readonly runDelay: (() => number) | null;
  private readonly endings: (() => void)[];
  private keptSoFar = 0;
  private beatDue: number;
  /** Since the last flush: waits worth a walk, walks, and their steps. */
  private worth = 0;
  private walks = 0;
  private steps = 0;
  /** The share of the worthy waits that is walked; each stands for the others. */
  private share = 1;

  /**
   * @param runDelay how long the thread has been ready to run and was not let, in ms; null where nobody knows.
   * @param random as `Math.random`.
   */
  constructor(ledger: Ledger, loop: LoopTurns, runDelay: (() => number) | null, random = Math.random) {
    this.ledger = ledger;
    this.runDelay = runDelay;
    this.random = random;
    ledger.settle();
    this.turns = new Turns(loop, ledger.last, ledger.lastIdle);
    this.keptSoFar = runDelay?.() ?? 0;
    this.beatDue = ledger.last + BEAT_MS;
    ledger.watcher = this;
    this.endings = [loop.everyTurn(() => this.turned()), loop.every(BEAT_MS, () => this.beat())];
  }

  /** Ends all of it. */
  stop(): void {
    for (const end of this.endings) end();
    this.ledger.watcher = null;
  }

  /** Whether a callback that needs no reading of the clock is worth one. */
  get wantsFirst(): boolean {
    return this.turns.wantsFirst;
  }

  /** The turn of the loop. */
  get turn(): number {
    return this.turns.count;
  }

  booked(root: Work | null, took: number, stalled: number): void {
    const { last, lastIdle } = this.ledger;
    const rested = this.turns.passed(last, lastIdle);
    if (rested > LATE_MS) this.missBeat(last - took, rested);
    if (took > 0) {
      const lost = took >= STALL_MS ? this.lostOf(root, took, stalled) : 0;
      this.stretches.add(root, last, took, lost, rested === 0);
    }
    if (root !== null && root.lag !== null) root.lag.ranAt = last;
  }

  resumed(root: Work): void {
    const { lag } = root;
    if (lag === null || root.ended) return;
    const at = this.ledger.last;
    if (at - lag.ranAt >= WORTH_MS) this.turns.came(at);
    if (lag.ranAt < at) lag.delayed += this.wait(root, 'delayed', lag.ranAt);
    lag.ranAt = at;
  }

  /** A unit of work was opened at the ledger's last reading. */
  opened(root: Work): void {
    root.lag = new Lag(this.ledger.last);
  }

  /** What opened `root` just now had come as an event of the loop: estimates for how long it lay there. */
  queued(root: Work): void {
    if (root.lag === null) return;
    this.turns.came(this.ledger.last);
    root.lag.queued = this.wait(root, 'queued', 0);
  }

  /** Tells the culprits of all units that have ended. */
  drain(): void {
    this.blames.drain();
    // With some room, since the next ones can take more steps than the last.
    const needed = this.walks === 0 ? 0 : (this.worth * this.steps) / this.walks / 0.7;
    this.share = Math.min(1, STEPS / Math.max(1, needed));
    this.worth = this.walks = this.steps = 0;
  }

  private turned(): void {
    this.ledger.settle();
    this.turns.turned(this.ledger.last);
  }

  private beat(): void {
    this.ledger.settle();
    this.beatDue = this.ledger.last + BEAT_MS;
  }

  /** The loop rested until `until`, or so it seems: it has not if it missed a beat meanwhile. */
  private missBeat(until: number, rested: number): void {
    const since = Math.max(this.beatDue, until - rested);
    const missed = until - since;
    if (missed < LATE_MS) return;
    this.turns.stopped(since);
    this.stretches.add(null, until, missed, missed, false);
  }

  /** Of a stretch, the time in which the thread was kept from running; not that of a call that blocks. */
  private lostOf(root: Work | null, took: number, stalled: number): number {
    // What has ended, or belongs to nobody, has no calls that block.
    const isIdle = root === null || root.ended;
    if (this.runDelay === null) return isIdle ? stalled : 0;
    const kept = this.runDelay();
    const since = kept - this.keptSoFar;
    this.keptSoFar = kept;
    const lost = isIdle ? stalled : Math.min(stalled, since);
    return lost > 0 ? Math.min(lost, took) : 0;
  }

  private wait(root: Work, part: DelayPart, notBefore: number): number {
    const { turns } = this;
    const at = this.ledger.last;
    turns.look(notBefore);
    const { from, to } = turns;
    const ms = at - to + (to - from) / 2;
    if (ms >= WORTH_MS) {
      root.lag!.worth[part] += ms;
      this.name(root, part, from, to);
    }
    return ms;
  }

  /** Walks back over the stretches since `from`, and books what each adds to the expected wait. */
  private name(root: Work, part: DelayPart, from: number, to: number): void {
    const { stretches } = this;
    this.worth++;
    // What is left of the budget goes to fewer and fewer: none of them is the last.
    const share = Math.min(this.share, 2 * (1 - this.steps / STEPS));
    if (share < 1 && this.random() >= share) return;
    this.walks++;
    this.blames.begin();
    const span = to - from;
    const { oldest } = stretches;
    let steps = 0;
    for (let number = stretches.count - 1; number >= oldest; number--) {
      const end = stretches.end(number);
      if (end <= from || this.steps + steps >= STEPS) break;
      steps++;
      const took = stretches.length(number);
      const begin = Math.max(from, end - took);
      let ms = Math.max(0, end - Math.max(begin, to));
      if (begin < to && span > 0) {
        const until = Math.min(end, to);
        ms += ((until - from) ** 2 - (begin - from) ** 2) / (2 * span);
      }
      const owner = stretches.owner(number);
      if (ms <= 0 || owner === root) continue;
      const lost = (ms * stretches.lostIn(number)) / took / share;
      if (lost > 0) this.blames.add(root, part, 'stopped', lost);
      if (ms / share > lost) this.blames.add(root, part, owner ?? 'outside', ms / share - lost);
    }
    this.steps += steps;
  }
}
