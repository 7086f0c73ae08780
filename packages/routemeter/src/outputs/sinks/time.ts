import * as timers from 'node:timers';

// Taken at load: test runners replace the global ones by clocks of their own, which stand still.
export const { setTimeout, clearTimeout, setInterval, clearInterval } = timers;
/** Monotonic milliseconds. */
export const clock: () => number = performance.now.bind(performance);
