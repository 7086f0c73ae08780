// Instructions that delays take for each turn of the loop and for each request, counted by callgrind, beside those of
// the same without delays:
//
//   node bench/delay/instructions.mjs [path of a Node]
import { fileURLToPath } from 'node:url';
import { countSecondPart } from '../lib/callgrind.mjs';

const HOLLOW = fileURLToPath(new URL('./hollow.mjs', import.meta.url));

/**
 * @param amount of turns, and of requests, one in a turn: how many are `warm` and how many are `counted`.
 * @returns `{ turn, request }`. No request waits for so long that its culprits are looked for.
 */
export async function instructionsOfDelays(node, { warm, counted }) {
  const added = async (what) => {
    const [delays, nothing] = await Promise.all(
      ['delays', 'nothing'].map((followed) =>
        countSecondPart(node, [HOLLOW, followed, what, String(warm), String(counted)]),
      ),
    );
    return (delays - nothing) / counted;
  };
  const turn = await added('turns');
  return { turn, request: (await added('requests')) - turn };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { turn, request } = await instructionsOfDelays(process.argv[2] ?? process.execPath, {
    warm: 60_000,
    counted: 3000,
  });
  console.log(`instructions: ${Math.round(turn)} a turn, ${Math.round(request)} a request`);
}
