/** What a profile is asked for. */
export interface ProfileOptions {
  /** How long code is sampled. Default 10; from 0.1 to 30, since the log of owners is kept in memory. */
  seconds?: number | undefined;
  /**
   * Milliseconds between two samples. Default 1; not below 0.5, where sampling itself costs the application a
   * quarter of its time.
   */
  interval?: number | undefined;
  /** Goes ahead where the start is expected to hold the loop for longer than `maxStall`. Default false. */
  force?: boolean | undefined;
  /**
   * Milliseconds that the start may hold the loop: it walks the heap, and takes up to 1.4 ms for each MB in
   * use. Default 500.
   */
  maxStall?: number | undefined;
  /** Ends the profile early: it resolves with what was sampled until then. */
  signal?: AbortSignal | undefined;
}

/** What a unit of work is called. */
export interface UnitName {
  /** `http` for requests; `outside` for what belongs to nobody. */
  kind: string;
  /** The route's template, or the name of another unit. */
  name: string;
  /** Of a request; of another unit the label of its kind, such as `JOB`; empty for blocks outside of any. */
  method: string;
}

/** Whose code ran: a unit, and the blocks in it from the outermost in. */
export interface Owner extends UnitName {
  blocks: readonly string[];
  /** What the ledger charged to it while the profile ran, in ms, its inner blocks not included. */
  cpu: number;
  /** The same for time in which its code held the loop without using CPU. */
  stalled: number;
  /** Set for units that took longer than 95 % of those of their name. */
  slow?: true;
}

/** How long the units of a name took while the profile ran. */
export interface Pace extends UnitName {
  /** In ms of wall time: 95 % of them took no longer. */
  from: number;
  /** How many ended. */
  units: number;
  /** How many took longer, those that were still open among them. */
  slow: number;
}

/** Where a frame comes from. `engine`: garbage collection, and what has no frame of JavaScript. */
export type Origin = 'app' | 'dependency' | 'node' | 'native' | 'engine' | 'routemeter';

/** A function. */
export interface Frame {
  /** `(anonymous)` for functions without a name. */
  name: string;
  /** Path or URL as source maps have it; empty where there is none. */
  file: string;
  /** Where the function begins, from 1; 0 where there is no file. */
  line: number;
  column: number;
  origin: Origin;
}

/** A time in which code held the loop without using CPU. */
export interface Stall {
  /** Index of its owner. */
  owner: number;
  /** ms since the begin of the profile. */
  at: number;
  /** In ms. */
  stalled: number;
  /** Index of the stack in which most of it was sampled; -1 where it was not. */
  stack: number;
}

/**
 * A profile of one thread, joined with the owners of its time: everything that the views of it are made of,
 * as JSON. Stacks are cut to what an application wants to see: the loop's own frames at their begin are left
 * out, and Routemeter's are one frame.
 */
export interface ProfileData {
  version: 1;
  /** Unix ms. */
  startedAt: number;
  /** How long code was sampled, in ms. */
  wall: number;
  /** Between two samples, in ms, as it was asked for. */
  interval: number;
  pid: number;
  /** 0 for the main thread. */
  thread: number;
  /** As the command line named it. */
  program: string;
  node: string;
  /** Why it ended: its time was over, it was stopped, or the log of owners was full. */
  ended: 'time' | 'stopped' | 'full';
  /** How long the loop was held, in ms: what was expected of the start, the start, and the end. */
  held: { expected: number; start: number; end: number };
  /** Samples in which the loop had nothing to do. */
  idle: number;
  owners: readonly Owner[];
  /** Of the names of which at least 20 units ended; profiles of older versions have none. */
  paces?: readonly Pace[];
  frames: readonly Frame[];
  /** The tree of stacks. Each is a frame on top of a parent, which has a lower index; 0 is the root. */
  stacks: { parent: readonly number[]; frame: readonly number[] };
  /**
   * The samples in which the loop had something to do, in the order of time: `at` in µs since the one before,
   * the index of the stack, the index of the owner.
   */
  samples: { at: readonly number[]; stack: readonly number[]; owner: readonly number[] };
  /**
   * How much of a sample's time is stalled and not CPU, 0 to 1, for those of which any is: index and share. With
   * how much time that is, in intervals; profiles of older versions have it as 1.
   */
  shares: { sample: readonly number[]; share: readonly number[]; span?: readonly number[] };
  /** The longest stalls, the longest first. */
  stalls: readonly Stall[];
}
