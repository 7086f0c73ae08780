import type { MetricType, Tag } from '../../series/index.ts';

/** The parts of a line that do not change: `head` value (`:` value)* `tail`. */
export interface Frame {
  readonly head: Buffer;
  readonly tail: Buffer;
  /** A line that goes before a negative gauge, in the same payload: where a sign means a delta, zero is set first. */
  readonly reset?: Buffer;
  /** The line carries how many samples there were instead of their values. */
  readonly counts?: boolean;
}

/** An event of Datadog's. */
export interface EventLine {
  readonly title: string;
  readonly text: string;
  readonly tags: readonly Tag[];
  readonly priority: 'normal' | 'low' | undefined;
  readonly alertType: 'info' | 'warning' | 'error' | 'success' | undefined;
  readonly aggregationKey: string | undefined;
  readonly sourceType: string | undefined;
  readonly hostname: string | undefined;
  /** Unix time in seconds. */
  readonly timestamp: number | undefined;
}

/** A service check of Datadog's. */
export interface CheckLine {
  readonly name: string;
  /** 0 ok, 1 warning, 2 critical, 3 unknown. */
  readonly status: 0 | 1 | 2 | 3;
  readonly tags: readonly Tag[];
  readonly message: string | undefined;
  readonly hostname: string | undefined;
  readonly timestamp: number | undefined;
}

/**
 * A format of the wire. Escapes such that no name, tag or value can forge or break a line, and such
 * that what was different stays different in the server. One per output, since that takes memory
 * of what went out.
 */
export interface Dialect {
  readonly name: string;
  /** The frame of a series' lines. Called once per series and output. */
  frame(name: string, tags: readonly Tag[], type: MetricType, rate: number): Frame;
  /** A member of a set, as it may stand on the wire; null where the server has no sets. */
  member(text: string): string | null;
  /** The line of one sample with its own time; null where the format has no way to say it. */
  timestamped(frame: Frame, value: number, timestamp: number): string | null;
  /** The line of an event; null where the format has none. */
  event(event: EventLine): string | null;
  /** The line of a service check; null where the format has none. */
  check(check: CheckLine): string | null;
}
