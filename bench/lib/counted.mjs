// To be imported before the library, by a script that `countParts` runs under callgrind.
import { readSync, writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import { setFlagsFromString } from 'node:v8';

/**
 * An instruction takes some fifty times as long there, and by how much depends on the machine. What the library does
 * by time it would do that much more often: so time goes on with each reading of the clock, about as far as between two
 * readings without callgrind.
 */
const STEP_MS = 0.005;

const read = performance.now.bind(performance);
let now = read();
performance.now = () => {
  // What a reading takes is counted.
  read();
  now += STEP_MS;
  return now;
};

/** What comes by time would come that much more often, too. */
const SLOWER = 1000;

const { setInterval } = timers;
timers.setInterval = (act, ms, ...given) => setInterval(act, ms * SLOWER, ...given);
syncBuiltinESMExports();

/** Runs the first part, and then all others, for `countParts`. */
export async function countedParts(warm, parts) {
  await warm();
  compiled();
  for (const part of parts) {
    await part();
    over();
  }
  process.exit();
}

/** Compiling one function takes as much as thousands of calls: what was not compiled so far stays as it is. */
function compiled() {
  setFlagsFromString('--no-turbofan');
  setFlagsFromString('--no-maglev');
  over();
}

/** Without streams: requests have them, too, and code that was compiled for theirs alone would be thrown away. */
function over() {
  writeSync(1, 'over\n');
  readSync(0, Buffer.alloc(1));
}
