import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { Counted, hasValgrind } from './callgrind.ts';

const { nodes } = await nodeBinaries();
const node = nodes.find(({ major }) => major === 24);
if (node === undefined || !hasValgrind)
  console.warn(
    `instructions of delays skipped: there is no ${hasValgrind ? 'Node 24, for which they are known' : 'valgrind to count them'}`,
  );

/** Instructions that following delays adds to a turn of the loop, and to one with a unit of work in it, in plain code. */
const ADDED = { turn: 32_700, unit: 48_300 };
/** What they may differ by: they take some more where the machine is busy. */
const WITHIN = 0.1;
/** Instructions that are none, of the 26,500 that a turn takes by itself: two counts of the same differ by a few. */
const NOTHING = 100;

const FEW = 40;
const MANY = 240;
/** Node's timers run in some of them. */
const ROUNDS = 7;
const MIDDLE = 3;

it.runIf(node !== undefined && hasValgrind)(
  'a turn of the loop and a unit take as many instructions for delays as they did, and none where they are off',
  async () => {
    const script = await bundle(new URL('./scripts/delays.ts', import.meta.url), 'costs-delays');
    const [on, off, never] = await Promise.all(
      ['on', 'off', 'never'].map((followed) => instructions(script, followed)),
    );
    expect(Math.abs(off!.turn - never!.turn)).toBeLessThan(NOTHING);
    const added = { turn: Math.round(on!.turn - off!.turn), unit: Math.round(on!.unit - off!.unit) };
    for (const what of ['turn', 'unit'] as const)
      expect(Math.abs(added[what] / ADDED[what] - 1), `added: ${JSON.stringify(added)}`).toBeLessThan(WITHIN);
  },
  600_000,
);

/** Of a turn and of one with a unit, by the difference of few and many. */
async function instructions(script: string, followed: string): Promise<{ turn: number; unit: number }> {
  await using engine = await Counted.start(node!.path, [script, followed]);
  const of = async (what: string, many: number) => (await engine.rounds(`${what} ${many}`, ROUNDS))[MIDDLE]!;
  const ofOne = async (what: string) => ((await of(what, MANY)) - (await of(what, FEW))) / (MANY - FEW);
  // The hook of the first units goes off when nothing has needed it for a while.
  for (const line of ['turns 60', 'units 60', 'rest 250', 'units 60']) await engine.serve(line);
  await engine.count();
  return { turn: await ofOne('turns'), unit: await ofOne('units') };
}
