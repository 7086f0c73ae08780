import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers';
import { type Timer, timersOfSockets } from './socket-timers.ts';

// Taken at load, from modules and not from the global object: test runners replace the global ones by
// clocks of their own, which stand still, and some of them what the modules export, too. Who loads us
// after they did so gets the timers that sockets have.
const isReal = areReal();
const real = isReal ? timers : (timersOfSockets() ?? timers);

export const setTimeout = real.setTimeout as (act: () => void, ms: number) => Timer;
export const setInterval = real.setInterval as (act: () => void, ms: number) => Timer;
export const clearTimeout = real.clearTimeout as (timer: Timer) => void;
export const clearInterval = real.clearInterval as (timer: Timer) => void;

/** Node's own; null where a test runner had replaced them before. */
export const immediates = isReal ? { set: timers.setImmediate, clear: timers.clearImmediate } : null;

/** Monotonic milliseconds. */
export const now: () => number = moves() ? performance.now.bind(performance) : () => process.uptime() * 1e3;

/** Whether the clock of `performance` goes on: the time since the start of the process is left alone by test runners. */
function moves(): boolean {
  const [before, began] = [performance.now(), process.uptime()];
  while (process.uptime() - began < 1e-5);
  return performance.now() > before;
}

function areReal(): boolean {
  const probe = timers.setTimeout(() => {}, 1);
  timers.clearTimeout(probe);
  // What Node keeps on its own, and no clock of a test runner has.
  return Object.hasOwn(Object(probe), '_onTimeout');
}
