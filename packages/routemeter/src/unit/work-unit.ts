import { engine } from '../attribution/index.ts';
import { type Account, REQUEST_TAGS, type Tag, tagText } from '../books/index.ts';
import { errorClass } from './block.ts';
import type { WorkKind } from './kinds.ts';
import type { Piece } from './piece.ts';
import { type Recorder, Unit } from './unit.ts';

/** How a unit of work came out. */
export type Outcome = 'ok' | 'error' | 'retry' | 'stalled';

const OUTCOMES: readonly unknown[] = ['ok', 'error', 'retry', 'stalled'] satisfies readonly Outcome[];

/** Who turns ended units into samples. */
export interface WorkSink extends Recorder {
  /** Of a unit that has its name alone: no system, and no destination. */
  accountOf(kind: WorkKind, name: string): Account;
  record(unit: WorkUnit): void;
}

/**
 * A unit of work that is no HTTP request: a job, a message, a call that is served, something that runs on a
 * schedule. `wall` and `cpu` are in milliseconds and final after it ended.
 *
 * @example
 * await meter.work('nightly report', async (unit) => {
 *   unit.tag('pages', 'few')
 *   if (!(await build())) unit.setOutcome('retry')
 * })
 */
export class WorkUnit extends Unit implements Piece {
  /** As it was given. */
  name: string;
  /** @internal */
  readonly recorder: WorkSink;
  /** How it came out so far. */
  outcome: Outcome = 'ok';
  /** Class of the error that it ended with; '' for none. */
  error = '';
  /** @internal Tags its wall time with what its source tells of each end, by one object for each value. */
  told: Tag | null = null;
  /** How long it waited before it ran, in milliseconds; negative where nobody tells. */
  queued = -1;

  constructor(kind: WorkKind, name: string, recorder: WorkSink, account: Account | null) {
    super(kind);
    this.name = name;
    this.recorder = recorder;
    this.account = account;
    this.late = account;
  }

  /** Tags its wall time; the last value of a key counts. Ignored after the end, and beyond 32 tags. Never throws. */
  tag(key: string, value: string | number | boolean): this {
    if (this.ended) return this;
    this.tags ??= new Map();
    const text = tagText(key);
    if (this.tags.size < REQUEST_TAGS || this.tags.has(text)) this.tags.set(text, tagText(value));
    return this;
  }

  /** @internal Gives it the name that was found out after its begin; the first one counts. */
  nameBy(name: string): void {
    if (this.ended || this.account !== null) return;
    this.name = name;
    this.account = this.recorder.accountOf(this.kind as WorkKind, name);
    this.late = this.account;
  }

  /** Says how it comes out, where that is neither `ok` nor an error that it throws. Ignored after the end. */
  setOutcome(outcome: Outcome): this {
    if (!this.ended && OUTCOMES.includes(outcome)) this.outcome = outcome;
    return this;
  }

  /** Ends and records it. A second call does nothing. */
  end(): void {
    this.finish(false);
  }

  /** Ends it with an error, whose class becomes the tag `error_type`; the outcome is `error` unless another one was set. */
  fail(error: unknown, returned = false): void {
    if (this.ended) return;
    this.error = errorClass(error);
    if (this.outcome === 'ok') this.outcome = 'error';
    this.finish(returned);
  }

  /** @internal `returned`: as `Engine.close` has it. */
  finish(returned: boolean): void {
    if (this.ended) return;
    engine().close(this, returned);
    this.recorder.record(this);
  }
}
