import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { Counted, hasValgrind } from './callgrind.ts';

const run = promisify(execFile);
const { nodes } = await nodeBinaries();
const node = nodes.find(({ major }) => major === 24);
if (node === undefined || !hasValgrind)
  console.warn(
    `costs of a profile's log skipped: there is no ${node === undefined ? 'Node 24, for which they are known' : 'valgrind to count instructions'}`,
  );

/** As for requests: plain code allocates the same each time. */
const PLAIN = ['--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode', '--expose-gc'];

/** Bytes that the log adds to a unit with a block, and to a unit that goes on: what they were, and a fifth. */
const BYTES = { units: 720, changes: 230 };
/** Instructions of the same, of plain code. */
const INSTRUCTIONS = { units: 37_700, changes: 10_000 };
/** What they may differ by: they take some more where the machine is busy. */
const WITHIN = 0.1;
/** Bytes, and instructions, that are none: two counts of the same differ by a few. */
const NOTHING = { bytes: 5, units: 300, changes: 100 };

const FEW = 40;
const MANY = 240;
/** Node's timers run in some of them. */
const ROUNDS = 7;
const MIDDLE = 3;

type Costs = Record<'units' | 'changes', number>;

const script = () => bundle(new URL('./scripts/profile.ts', import.meta.url), 'costs-profile');

it.runIf(node !== undefined)(
  'while a profile runs, a unit and its going on allocate no more for its log than they did, and no text; else nothing',
  async () => {
    const path = await script();
    const [on, off, never] = await Promise.all(
      ['on', 'off', 'never'].map(async (followed) => {
        const args = [...PLAIN, '--min-semi-space-size=32', path, followed, 'bytes'];
        const { stdout } = await run(node!.path, args, { timeout: 55_000 });
        return JSON.parse(stdout) as Costs & { strings: number };
      }),
    );
    expect(on!.strings).toBe(0);
    for (const what of ['units', 'changes'] as const) {
      const added = on![what] - off![what];
      // A figure of nothing would pass, too.
      expect(added, what).toBeGreaterThan(BYTES[what] / 2);
      expect(added, what).toBeLessThan(BYTES[what]);
      expect(Math.abs(off![what] - never![what]), what).toBeLessThan(NOTHING.bytes);
    }
  },
  60_000,
);

it.runIf(node !== undefined && hasValgrind)(
  'while a profile runs, a unit and its going on take as many instructions for its log as they did; before and after none',
  async () => {
    const path = await script();
    const [on, off, never] = await Promise.all(
      ['on', 'off', 'never'].map((followed) => instructions(path, followed)),
    );
    const added = {
      units: Math.round(on!.units - off!.units),
      changes: Math.round(on!.changes - off!.changes),
    };
    for (const what of ['units', 'changes'] as const) {
      const found = `added: ${JSON.stringify(added)}, ${JSON.stringify({ off, never })}`;
      expect(Math.abs(off![what] - never![what]), found).toBeLessThan(NOTHING[what]);
      expect(Math.abs(added[what] / INSTRUCTIONS[what] - 1), found).toBeLessThan(WITHIN);
    }
  },
  600_000,
);

/** Of one of each, by the difference of few and many. */
async function instructions(path: string, followed: string): Promise<Costs> {
  await using counted = await Counted.start(node!.path, [path, followed]);
  const of = async (what: string, many: number) => (await counted.rounds(`${what} ${many}`, ROUNDS))[MIDDLE]!;
  const ofOne = async (what: string) => ((await of(what, MANY)) - (await of(what, FEW))) / (MANY - FEW);
  for (const line of ['units 400', 'changes 400']) await counted.serve(line);
  await counted.count();
  return { units: await ofOne('units'), changes: await ofOne('changes') };
}
