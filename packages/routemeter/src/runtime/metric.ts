import type { Meter } from '../meter/index.ts';

/** One metric, or family, of the process. */
export interface RuntimeMetric {
  /** What is sent, by name, and what it means, in its unit. */
  readonly sends: Readonly<Record<string, string>>;
  /** Begins to measure; installs nothing that keeps the process alive. */
  start(meter: Meter): Running;
}

export interface Running {
  /** Records what there is to record; called before each flush. */
  collect(): void;
  /** Takes away whatever `start` installed. */
  stop(): void;
}

/** Most metrics only read something now and then. */
export function reading(collect: () => void): Running {
  return { collect, stop() {} };
}

/** Five significant digits, as all times. */
export function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
