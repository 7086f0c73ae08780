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
const FOLLOWED = { ioredis: 34_420, pg: 45_600, fetch: 36_880 };
/** What they may differ by. */
const WITHIN = 0.05;

const WARM = 60;
/** Requests or calls of a round. */
const REQUESTS = 20;
const ROUNDS = 5;

it.runIf(node !== undefined && hasValgrind)(
  'a request takes as many instructions as it did',
  async () => {
    const script = await bundle(new URL('./scripts/instructions.ts', import.meta.url), 'costs-instructions');
    const [bare, off, auto] = await Promise.all(
      ['none', 'off', 'auto'].map(async (cpu) => {
        const [found] = await instructions([script, 'express', '/hello', cpu], ['']);
        return found!;
      }),
    );
    expectAsKnown({ off: off! - bare!, auto: auto! - bare! }, ADDED);
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
      ['none', 'calls'].map((what) => instructions([script, what], names)),
    );
    const added = names.map((name, i) => [name, followed![i]! - bare![i]!] as const);
    expectAsKnown(Object.fromEntries(added), FOLLOWED);
  },
  600_000,
);

/** Fewer are written down, too: else the next that come on top would not be seen. */
function expectAsKnown(added: Record<string, number>, known: Record<string, number>): void {
  const found = `added: ${JSON.stringify(added)}`;
  for (const [name, count] of Object.entries(known))
    expect(Math.abs(added[name]! / count - 1), found).toBeLessThan(WITHIN);
}

/** Of one request or call of each kind, the least of several rounds. */
async function instructions(args: readonly string[], kinds: readonly string[]): Promise<number[]> {
  await using app = await Counted.start(node!.path, args);
  for (const kind of kinds) await app.serve(`${WARM} ${kind}`);
  await app.count();
  const least: number[] = [];
  for (const kind of kinds) least.push((await app.least(`${REQUESTS} ${kind}`, ROUNDS)) / REQUESTS);
  return least;
}
