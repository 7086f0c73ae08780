// To be imported before the library, by a script that `countRounds` runs under callgrind.
import { readSync, writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import { setFlagsFromString } from 'node:v8';

/**
 * An instruction takes some fifty times as long there, and by how much depends on the machine. What the library does
 * by time it would do that much more often: so time goes on with each reading of the clock, about as far as between two
 * readings without callgrind, and where the script says that the loop waits.
 */
const STEP_MS = 0.005;

/** Numbers that stand in an array are written in place: as variables each step would make an object, and be counted. */
const time = Float64Array.of(performance.now(), 0);
const NOW = 0;
const IDLE = 1;

/** The loop waits for so many ms. */
export function rest(ms) {
  time[NOW] += ms;
  time[IDLE] += ms;
}

// What a reading takes is counted.
const clock = performance.now.bind(performance);
performance.now = () => {
  clock();
  return (time[NOW] += STEP_MS);
};
const { nodeTiming } = performance;
const { get: idleTime } =
  Object.getOwnPropertyDescriptor(nodeTiming, 'idleTime') ??
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(nodeTiming), 'idleTime');
Object.defineProperty(nodeTiming, 'idleTime', {
  get() {
    idleTime.call(nodeTiming);
    return time[IDLE];
  },
});
// Node 22 and older have none.
const { threadCpuUsage } = process;
if (threadCpuUsage !== undefined) {
  process.threadCpuUsage = () => {
    threadCpuUsage.call(process);
    time[NOW] += STEP_MS;
    return { user: (time[NOW] - time[IDLE]) * 1000, system: 0 };
  };
}
/**
 * Timers go by the clock of the machine: none of them is to go off among what is counted. Those for once go off before a
 * round that comes after their time, as they would in a server whose requests come with pauses.
 */
const { setInterval } = timers;
const NEVER = 2 ** 31 - 1;
const waiting = new Set();

/** Named as Node's own, by which the library tells them from those of a test runner. */
class Timer {
  constructor(act, ms, given) {
    this._onTimeout = () => act(...given);
    this.ms = ms;
    this.refresh();
  }
  refresh() {
    this.at = time[NOW] + this.ms;
    waiting.add(this);
    return this;
  }
  ref() {
    return this;
  }
  unref() {
    return this;
  }
}
timers.setTimeout = (act, ms = 1, ...given) => new Timer(act, ms, given);
timers.clearTimeout = (timer) => void waiting.delete(timer);
timers.setInterval = (act) => setInterval(act, NEVER);
syncBuiltinESMExports();

/** Longer than the hook stays on that nobody needs. */
const PAUSE_MS = 60;

/** Nothing happens for a while, time and again. */
function pause() {
  for (let i = 0; i < 3; i++) {
    rest(PAUSE_MS);
    for (const timer of waiting) {
      if (timer.at > time[NOW]) continue;
      waiting.delete(timer);
      timer._onTimeout();
    }
  }
}

/**
 * Runs so often as it is told to, each time what is counted. Told to `f`reeze, the engine compiles no more: compiling
 * one function takes as much as thousands of calls.
 */
export async function inRounds(counted) {
  const told = Buffer.alloc(1);
  for (;;) {
    // Without streams: code that was compiled for those of requests would be thrown away.
    writeSync(1, 'over\n');
    readSync(0, told);
    if (told.toString() === 'f') {
      setFlagsFromString('--no-turbofan');
      setFlagsFromString('--no-maglev');
    }
    pause();
    await counted();
  }
}
