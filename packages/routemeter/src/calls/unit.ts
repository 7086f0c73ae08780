import type { Engine, Waits } from '../attribution/index.ts';
import type { Account } from '../books/index.ts';
import type { Root } from '../unit/index.ts';
import { Call, type CallUnit } from './call.ts';
import type { CallName } from './names.ts';
import { type CallRecorder, recorderOf } from './recorder.ts';

/** Calls that one unit may have open; further ones are not followed. */
export const OPEN_CALLS = 1000;
/** Ended calls that wait in one unit until its name is final. */
export const PENDING_CALLS = 256;
/** Distinct calls of one unit whose repetitions are counted. */
const TALLIES = 256;

/**
 * A reading of idle time stands for the next ones within this many ms: the loop cannot have waited for longer in
 * between. A turn of the loop that ends ten calls and begins ten others reads it once.
 */
const SAME_MS = 0.02;

/** How often one unit made one call. */
interface Tally {
  readonly name: CallName;
  readonly block: string;
  count: number;
  next: Tally | null;
}

/**
 * The calls of one unit of work, and what it waited for.
 *
 * While a unit waits, the time is shared equally by the calls it has open. So one clock of virtual
 * time, which advances by the idle time over the number of open calls, read at the begin and at the end
 * of a call, tells its wait: `idle = sum of the waits + alone`, exactly.
 */
export class UnitCalls implements Waits, CallUnit {
  /** Idle time while no call was open. */
  alone = 0;
  private readonly unit: Root;
  private readonly engine: Engine;
  private virtual = 0;
  /** The reading of idle time up to which everything is shared out. */
  private sharedTo: number;
  /** When that was read. */
  private sharedAt = Number.NEGATIVE_INFINITY;
  private open = 0;
  /** So many may be open; none once calls are dropped. */
  private most = OPEN_CALLS;
  private first: Call | null = null;
  private isClosed: boolean;
  private pending: Call[] | null = null;
  /** The one that was counted last stands first: it is nearly always the next one too. */
  private tallies: Tally | null = null;
  private tallied = 0;
  /** Where calls are recorded; null before the name is final, and where nothing is recorded. */
  private recorder: CallRecorder | null = null;
  private account: Account | null = null;

  constructor(unit: Root, engine: Engine) {
    this.unit = unit;
    this.engine = engine;
    this.isClosed = unit.ended;
    this.sharedTo = unit.openedIdle;
  }

  now(): number {
    return this.engine.now();
  }

  /** A call begins; null where the unit has too many open. */
  begin(name: CallName, block: string): Call | null {
    if (this.open >= this.most) return this.refuse();
    const now = this.engine.now();
    const call = new Call(name, block, this, now);
    name.touched = now;
    if (this.isClosed) call.isToldWait = true;
    else this.share(now);
    call.wait = -this.virtual;
    this.open++;
    call.after = this.first;
    if (this.first !== null) this.first.before = call;
    this.first = call;
    return call;
  }

  ended(call: Call): void {
    const now = this.engine.now();
    call.ended = true;
    call.duration += now;
    if (call.duration < 0) call.duration = 0;
    this.take(call, now);
    const { recorder } = this;
    if (recorder !== null) {
      if (!this.isClosed) this.tally(call);
      recorder.record(call, this.account!, call.isToldWait ? 0 : this.unit.chance);
    } else if (this.most > 0) {
      if (!this.isClosed) this.tally(call);
      this.keep(call);
    }
  }

  cancelled(call: Call): void {
    call.ended = true;
    this.take(call, this.engine.now());
    this.alone += call.wait;
  }

  close(idle: number): void {
    if (this.unit.exact) this.shareTo(idle);
    this.isClosed = true;
    if (this.recorder !== null) this.tellRest();
  }

  named(): void {
    if (this.recorder !== null || this.most === 0) return;
    this.account = this.unit.account!;
    this.recorder = this.chosen(this.account);
    if (this.recorder === null) {
      this.most = 0;
      this.pending = null;
      return;
    }
    this.flush();
    if (this.isClosed) this.tellRest();
  }

  /** Who records the calls under an account; null where these are not. */
  private chosen(account: Account): CallRecorder | null {
    const { finder } = this.unit;
    const { core } = finder;
    if (account.isIgnored || !core.followsCalls || !core.chosen(core.config.sampleRate)) return null;
    return recorderOf(finder);
  }

  private refuse(): null {
    if (this.most > 0) this.unit.finder.core.droppedCalls++;
    return null;
  }

  private take(call: Call, now: number): void {
    if (!this.isClosed) this.share(now);
    call.wait += this.virtual;
    this.open--;
    this.unlink(call);
  }

  private share(now: number): void {
    if (now - this.sharedAt < SAME_MS || !this.unit.exact) return;
    this.sharedAt = now;
    this.shareTo(this.engine.idle(now));
  }

  private shareTo(idle: number): void {
    const elapsed = idle - this.sharedTo;
    if (elapsed <= 0) return;
    this.sharedTo = idle;
    if (this.open === 0) this.alone += elapsed;
    else this.virtual += elapsed / this.open;
  }

  private unlink(call: Call): void {
    if (call.before === null) this.first = call.after;
    else call.before.after = call.after;
    if (call.after !== null) call.after.before = call.before;
    call.before = call.after = null;
  }

  private tally({ name, block }: Call): void {
    const first = this.tallies;
    let before: Tally | null = null;
    for (let tally = first; tally !== null; before = tally, tally = tally.next) {
      if (tally.name !== name || tally.block !== block) continue;
      tally.count++;
      if (before === null) return;
      before.next = tally.next;
      tally.next = first;
      this.tallies = tally;
      return;
    }
    if (this.tallied >= TALLIES) return;
    this.tallied++;
    this.tallies = { name, block, count: 1, next: first };
  }

  private keep(call: Call): void {
    this.pending ??= [];
    this.pending.push(call);
    // A stream can stay open for hours: what it has called so far goes under the name it has so far.
    if (this.pending.length >= PENDING_CALLS) this.flushEarly();
  }

  private flushEarly(): void {
    const account = this.unit.interim();
    const recorder = this.chosen(account);
    if (recorder !== null) {
      for (const call of this.pending!) recorder.record(call, account, this.unit.chance);
    }
    this.pending = null;
  }

  private flush(): void {
    if (this.pending === null) return;
    for (const call of this.pending) this.recorder!.record(call, this.account!, this.unit.chance);
    this.pending = null;
  }

  /** At the end: what calls that are still open cost the unit, and how often it made each call. */
  private tellRest(): void {
    const recorder = this.recorder!;
    const account = this.account!;
    const { chance } = this.unit;
    for (let call = this.first; call !== null; call = call.after) {
      if (call.isToldWait) continue;
      call.isToldWait = true;
      this.tally(call);
      if (chance > 0) recorder.wait(call, account, chance, this.virtual + call.wait);
    }
    for (let tally = this.tallies; tally !== null; tally = tally.next) {
      recorder.repeated(tally.name, tally.block, account, tally.count);
    }
    this.tallies = null;
  }
}
