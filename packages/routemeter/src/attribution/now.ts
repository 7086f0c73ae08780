/**
 * Monotonic milliseconds. Bound at load, since test runners replace `performance.now` by a clock
 * that stands still.
 */
export const now: () => number = performance.now.bind(performance);
