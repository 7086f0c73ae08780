import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers';

// Taken at load, from modules and not from the global object: test runners replace the global ones by
// clocks of their own, which stand still, and some of them what the modules export, too.
export const { setTimeout, clearTimeout, setInterval, clearInterval } = timers;

/** Monotonic milliseconds. */
export const now: () => number = performance.now.bind(performance);
