import fc from 'fast-check';

export const DRIVERS = ['pg', 'ioredis', 'redis', 'fetch', 'http', 'undici'] as const;

/** What is done with a driver. */
export const ACTS = [
  'ok',
  'fails',
  /** A failing call that nobody awaits: an unhandled rejection, or an `error` event without a listener. */
  'floats',
  'refused',
  'aborted',
  'callback',
  /** A callback that throws. */
  'throws',
  /** A pipeline, a transaction, or several calls at once. */
  'batch',
  'destroyed',
] as const;

export interface Op {
  driver: (typeof DRIVERS)[number];
  act: (typeof ACTS)[number];
  /** Whether it is done within a request of the server, or by nobody. */
  inRequest: boolean;
}

export const programs = fc.array(
  fc.record({
    driver: fc.constantFrom(...DRIVERS),
    act: fc.constantFrom(...ACTS),
    inRequest: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

export const MODES = ['bare', 'explicit'] as const;
export type Mode = (typeof MODES)[number];

export interface Outcome {
  /** What the application saw, in order. */
  log: string[];
  /** Calls that were recorded. */
  calls: number;
}
