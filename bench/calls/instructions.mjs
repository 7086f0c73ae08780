// Instructions that following a call takes, counted by callgrind around libraries that do nothing: real ones read and
// write sockets, by a number of instructions that differs with each run by more than is looked for.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { collectedBy, FLAGS, VALGRIND } from '../lib/callgrind.mjs';

const HOLLOW = fileURLToPath(new URL('./hollow.mjs', import.meta.url));

/** Of each call, with what its unit of work takes without following any subtracted. */
export async function instructionsOf(node, name, amount) {
  const [followed, nothing] = await Promise.all(
    ['calls', 'nothing'].map(async (what) => {
      // What two processes with so many calls and twice as many differ by is the calls' alone.
      const [single, double] = await Promise.all(
        [amount, 2 * amount].map((calls) => count(node, name, calls, what)),
      );
      return (double - single) / amount;
    }),
  );
  return followed - nothing;
}

async function count(node, name, calls, what) {
  const [program, ...options] = VALGRIND;
  const child = spawn(program, [...options, node, ...FLAGS, HOLLOW, name, String(calls), what], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const collected = collectedBy(child);
  const [code] = await once(child, 'close');
  // Two that failed alike would differ by nothing, and be told as a call without any cost.
  if (code !== 0) throw new Error(`calls of ${name} (${what}) ended with ${code} under callgrind`);
  return collected();
}
