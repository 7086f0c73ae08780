// Instructions that delays take for each turn of the loop and for each request, counted by callgrind, beside those of
// the same without delays:
//
//   node bench/delay/instructions.mjs [path of a Node]
import { fileURLToPath } from 'node:url';
import { countParts } from '../lib/callgrind.mjs';
import { ofOne } from './parts.mjs';

const HOLLOW = fileURLToPath(new URL('./hollow.mjs', import.meta.url));

/**
 * @returns of a turn and of a request what delays take, what all of it takes without them, and what a turn takes more
 * where there is a meter without them. No request waits for so long that its culprits are looked for.
 */
export async function instructionsOfDelays(node) {
  const [delays, nothing, none] = await Promise.all(
    ['delays', 'nothing', 'none'].map((followed) => countParts(node, [HOLLOW, followed])),
  );
  const turn = ofOne('turns', delays) - ofOne('turns', nothing);
  return {
    turn,
    request: ofOne('requests', delays) - ofOne('requests', nothing) - turn,
    off: ofOne('turns', nothing) - ofOne('turns', none),
    without: { turn: ofOne('turns', none), request: ofOne('requests', nothing) },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await instructionsOfDelays(process.argv[2] ?? process.execPath);
  console.log(`instructions: ${Math.round(found.turn)} a turn, ${Math.round(found.request)} a request`);
  console.log(`switched off: ${Math.round(found.off)} a turn`);
  console.log(
    `without delays: ${Math.round(found.without.turn)} a turn, ${Math.round(found.without.request)} a request`,
  );
}
