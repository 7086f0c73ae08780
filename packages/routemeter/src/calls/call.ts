import { failureOf } from './failure.ts';
import type { CallName } from './names.ts';

/** Whose call it is. */
export interface CallUnit {
  now(): number;
  ended(call: Call): void;
  /** The call was none: what it waited is the unit's own again. */
  cancelled(call: Call): void;
}

/**
 * One operation that a unit of work asks of something outside the process, from `Calls.open` until
 * `end` or `fail`, whichever comes first. Times are in milliseconds.
 */
export class Call {
  /** A source that learns it late, such as a pool's, may set it until the end. */
  name: CallName;
  /** The innermost block that asked for it; '' where none did. */
  readonly block: string;
  /** Final once it ended; until then the clock at its begin, subtracted. */
  duration: number;
  /**
   * What it cost its unit: its shares of the time in which the unit had nothing to do but wait. Final once it ended; until
   * then the unit's virtual time at its begin, subtracted.
   */
  wait = 0;
  /** How long it waited for a connection of a pool; 0 where that cannot be seen. */
  pool = 0;
  /** Of HTTP: the status of the response; 0 for none. */
  status = 0;
  /** Code or class of its error; '' for none. */
  error = '';
  ended = false;

  /** @internal Its place among the open ones; the unit's own. */
  readonly unit: CallUnit;
  /** @internal Its wait was told already, at the end of its unit. */
  isToldWait = false;
  /** @internal */
  before: Call | null = null;
  /** @internal */
  after: Call | null = null;

  constructor(name: CallName, block: string, unit: CallUnit, beganAt: number) {
    this.name = name;
    this.block = block;
    this.unit = unit;
    this.duration = -beganAt;
  }

  /** There was no such call after all: nothing is recorded. Never throws. */
  cancel(): void {
    if (!this.ended) this.unit.cancelled(this);
  }

  /** It has the connection of a pool that it waited for. */
  pooled(): void {
    if (!this.ended) this.pool = this.unit.now() + this.duration;
  }

  /** It is over. Only the first of `end` and `fail` counts. Never throws. */
  end(): void {
    if (!this.ended) this.unit.ended(this);
  }

  /** It failed. Only the first of `end` and `fail` counts. Never throws. */
  fail(error: unknown): void {
    if (this.ended) return;
    this.error = failureOf(error);
    this.unit.ended(this);
  }
}
