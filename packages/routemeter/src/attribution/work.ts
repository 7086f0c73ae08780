import type { Slice } from './ceiling/slice.ts';

/** Takes CPU that was used on behalf of a unit of work after its end. */
export interface LateSink {
  /** `ms` of event-loop CPU; of units that stand for others, theirs included. */
  add(ms: number): void;
}

/** Follows what an outermost work waits for. */
export interface Waits {
  /** The work has ended; `idle` is the reading of idle time that ended it. */
  close(idle: number): void;
  /** The name under which it is recorded is final. */
  named(): void;
}

/** Before a unit of work was opened, or each time it went on after that. */
export type DelayPart = 'queued' | 'delayed';

/** Who held the loop: a unit of work, code of nobody, or nobody at all since the process did not run. */
export type Culprit = Work | 'outside' | 'stopped';

/** Takes what a unit of work was kept waiting for, by whom, in ms. Called at flushes, after its end. */
export interface DelaySink {
  blame(part: DelayPart, culprit: Culprit, ms: number): void;
}

/** How long the loop kept a unit of work waiting, by estimate; hangs on its outermost work. Times in ms. */
export class Lag {
  /** From the moment it could first have been read until it was opened; NaN where that cannot be told. */
  queued = Number.NaN;
  /** The same before each going on, summed up. */
  delayed = 0;
  /** Of both, what is long enough for its culprits to be looked for. */
  readonly worth = { queued: 0, delayed: 0 };
  /** Who is told the culprits; null while open, or if nobody asks. */
  sink: DelaySink | null = null;
  /** When its code ran last; the engine's own. */
  ranAt: number;
  /** The walk that met it last, and what stands there for it; the engine's own. */
  walk = 0;
  place = 0;

  constructor(at: number) {
    this.ranAt = at;
  }
}

/**
 * On what carries a unit, such as a request: its work, for every copy of the library. On a response and on
 * a stream of HTTP/2, too.
 */
export const WORK: unique symbol = Symbol.for('routemeter.v1.span') as never;

/** On the storage whose contexts are units of work, for every copy of the library. */
const UNITS: unique symbol = Symbol.for('routemeter.v1.units') as never;

/** Marks the storage whose contexts are units of work. */
export function markUnits(storage: object): void {
  Object.defineProperty(storage, UNITS, { value: true });
}

/** Whether the contexts of a storage are units of work. */
export function holdsUnits(storage: object): boolean {
  return (storage as { [UNITS]?: true })[UNITS] === true;
}

/** The kinds of units of work; an HTTP request is one of them. */
export type UnitKind = 'request' | 'work' | 'job' | 'message' | 'rpc' | 'cron' | 'socket' | 'graphql';

/**
 * A piece of work that the event loop does for somebody: a unit, as a request is one, or a block inside
 * one. It is the value in the AsyncLocalStorage, so it never refers to a request or response object.
 *
 * Times are in milliseconds and final once the engine closed the work:
 * `wall = cpu + stalled + loopBusy + idle`.
 */
export class Work {
  readonly parent: Work | null;
  /** The outermost work: the unit, or the outermost block outside one. */
  readonly root: Work;
  /** What this is; read instead of `instanceof`, since copies of the library have classes of their own. */
  readonly kind: UnitKind | 'block';
  /** Whether the engine charges CPU to this work (decided once, by the sampling of `cpu`). */
  exact = false;
  ended = false;
  /** With whom it was chosen to be measured; null where that was not left to time. */
  slice: Slice | null = null;
  /** How likely its slice was to be measured until its end; final then. */
  rate = 1;

  wall = 0;
  /** CPU that this work's own code used, its inner blocks included. Grows while the work is open. */
  cpu = 0;
  /** CPU of this work without its inner blocks. */
  self = 0;
  /** Time in which this work's own code held the loop without using CPU. */
  stalled = 0;
  /** Time in which the loop ran other work while this one was open. */
  loopBusy = 0;
  /** Time in which the loop had nothing to run while this work was open. */
  idle = 0;
  /** Where CPU goes that is used after the end; null while open or if nobody asks. */
  late: LateSink | null = null;
  /** Of an outermost work: what it waits for; null until it waits for something that is followed. */
  waits: Waits | null = null;

  /** Of an outermost work: how long the loop kept it waiting; null where nobody asks. */
  lag: Lag | null = null;

  /** Readings at the opening; the engine's own. */
  openedAt = 0;
  openedIdle = 0;
  openedBusy = 0;
  /** Whether the work lives across an asynchronous boundary; the engine's own. */
  held = false;
  /** Whether the work has a context of its own by `Engine.enter`; the engine's own. */
  entered = false;
  /** The context that its code ran in last, and the one around that; the engine's own. Null after its end. */
  frame: object | null = null;
  outer: object | undefined = undefined;
  /** What a profile that runs knows it by; see `OwnerLog`. Never used twice in a process. */
  logged = 0;

  constructor(kind: UnitKind | 'block', parent: Work | null) {
    this.kind = kind;
    this.parent = parent;
    this.root = parent === null ? this : parent.root;
  }

  /** How likely its CPU was to be measured so far, in its slice; 0 where it is not. */
  get chance(): number {
    if (!this.exact) return 0;
    if (this.ended || this.slice === null) return this.rate;
    return this.slice.isGivenUp ? 0 : this.slice.rate;
  }
}
