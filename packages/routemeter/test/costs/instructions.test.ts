import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { Counted, hasValgrind } from './callgrind.ts';

const { nodes } = await nodeBinaries();
const node = nodes.find(({ major }) => major === 24);
if (node === undefined || !hasValgrind)
  console.warn(
    `instructions per request and call skipped: there is no ${hasValgrind ? 'Node 24, for which they are known' : 'valgrind to count them'}`,
  );

/**
 * Instructions that a request of Express takes above those of the bare app. Of plain code: how many optimised code takes
 * depends on what V8 saw before it compiled that. `npm run bench` counts those.
 */
const ADDED = { off: 79_100, auto: 100_300 };
/** That following a call takes, around libraries that do nothing. */
const FOLLOWED = { ioredis: 30_900, pg: 38_900, fetch: 32_500 };
/** What requests may differ by, and calls, which take some more or less where the machine is busy. */
const WITHIN = 0.05;
const CALLS_WITHIN = 0.12;

/** Requests or calls of a round. */
const EACH = 20;
/** One of several rounds of requests is as all of them should be; calls have no such floor, but a middle. */
const REQUESTS: Rounds = { warm: 60, rounds: 5, pick: (sorted) => sorted[0]! };
const CALLS: Rounds = { warm: 400, rounds: 13, pick: (sorted) => sorted[6]! };

interface Rounds {
  warm: number;
  rounds: number;
  pick(sorted: readonly number[]): number;
}

it.runIf(node !== undefined && hasValgrind)(
  'a request takes as many instructions as it did',
  async () => {
    const script = await bundle(new URL('./scripts/instructions.ts', import.meta.url), 'costs-instructions');
    const [bare, off, auto] = await Promise.all(
      ['none', 'off', 'auto'].map(async (cpu) => {
        const [found] = await instructions([script, 'express', '/hello', cpu], [''], REQUESTS);
        return found!;
      }),
    );
    expectAsKnown({ off: off! - bare!, auto: auto! - bare! }, ADDED, WITHIN);
  },
  // About 25 seconds of CPU, of which a busy machine gives little.
  600_000,
);

it.runIf(node !== undefined && hasValgrind)(
  'following a call takes as many instructions as it did',
  async () => {
    const script = await bundle(
      new URL('./scripts/call-instructions.ts', import.meta.url),
      'costs-call-instructions',
    );
    const names = Object.keys(FOLLOWED);
    const [bare, followed] = await Promise.all(
      ['none', 'calls'].map((what) => instructions([script, what], names, CALLS)),
    );
    const added = names.map((name, i) => [name, followed![i]! - bare![i]!] as const);
    expectAsKnown(Object.fromEntries(added), FOLLOWED, CALLS_WITHIN);
  },
  600_000,
);

/** Fewer are written down, too: else the next that come on top would not be seen. */
function expectAsKnown(added: Record<string, number>, known: Record<string, number>, within: number): void {
  const found = `added: ${JSON.stringify(added)}`;
  for (const [name, count] of Object.entries(known))
    expect(Math.abs(added[name]! / count - 1), found).toBeLessThan(within);
}

/** Of one request or call of each kind. */
async function instructions(
  args: readonly string[],
  kinds: readonly string[],
  { warm, rounds, pick }: Rounds,
): Promise<number[]> {
  await using app = await Counted.start(node!.path, args);
  for (const kind of kinds) await app.serve(`${warm} ${kind}`);
  await app.count();
  const found: number[] = [];
  for (const kind of kinds) found.push(pick(await app.rounds(`${EACH} ${kind}`, rounds)) / EACH);
  return found;
}
