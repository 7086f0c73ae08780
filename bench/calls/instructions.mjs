// Instructions that following a call takes, counted by callgrind around libraries that do nothing: real ones read and
// write sockets, by a number of instructions that differs with each run by more than is looked for.
import { fileURLToPath } from 'node:url';
import { countRounds } from '../lib/rounds.mjs';

const HOLLOW = fileURLToPath(new URL('./hollow.mjs', import.meta.url));

/** Of each call, with what its unit of work takes without following any subtracted; `counted` calls at a time. */
export async function instructionsOf(node, name, { counted }) {
  const [followed, nothing] = await Promise.all(
    ['calls', 'nothing'].map((what) => countRounds(node, [HOLLOW, name, String(counted), what])),
  );
  return (followed - nothing) / counted;
}
