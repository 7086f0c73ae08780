// To be imported before the library, by a script that `countSecondPart` runs under callgrind.
import { once } from 'node:events';
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

/** Runs two parts, tells the end of each, goes on when it is told to, and ends the process. */
export async function countedPart({ warm, counted }) {
  await warm();
  // Compiling one function takes as much as thousands of calls: what was not compiled so far stays as it is.
  setFlagsFromString('--no-turbofan');
  setFlagsFromString('--no-maglev');
  await over();
  await counted();
  await over();
  process.exit();
}

async function over() {
  process.stdout.write('over\n');
  await once(process.stdin, 'data');
}
