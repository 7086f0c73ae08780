import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { Counted, hasValgrind } from './callgrind.ts';

const { nodes } = await nodeBinaries();
const node = nodes.find(({ major }) => major === 24);
if (node === undefined || !hasValgrind)
  console.warn(
    `instructions per request skipped: there is no ${hasValgrind ? 'Node 24, for which they are known' : 'valgrind to count them'}`,
  );

/**
 * Instructions that a request of Express takes above those of the bare app. Of plain code: how many optimised code takes
 * depends on what V8 saw before it compiled that. `npm run bench` counts those.
 */
const ADDED = { off: 79_100, auto: 100_300 };
/** What they may differ by. */
const WITHIN = 0.05;

const WARM = 60;
const REQUESTS = 20;
const ROUNDS = 5;

it.runIf(node !== undefined && hasValgrind)(
  'a request takes as many instructions as it did',
  async () => {
    const script = await bundle(new URL('./scripts/instructions.ts', import.meta.url), 'costs-instructions');
    const [bare, off, auto] = await Promise.all(
      ['none', 'off', 'auto'].map((cpu) => instructions(script, cpu)),
    );
    const added = { off: Math.round(off! - bare!), auto: Math.round(auto! - bare!) };
    // Fewer are written here, too: else the next that come on top would not be seen.
    for (const cpu of ['off', 'auto'] as const)
      expect(Math.abs(added[cpu] / ADDED[cpu] - 1), `added: ${JSON.stringify(added)}`).toBeLessThan(WITHIN);
  },
  // About 25 seconds of CPU, of which a busy machine gives little.
  600_000,
);

/** Of one request, the least of several rounds. */
async function instructions(script: string, cpu: string): Promise<number> {
  await using app = await Counted.start(node!.path, [script, 'express', '/hello', cpu]);
  await app.serve(String(WARM));
  await app.count();
  return (await app.least(String(REQUESTS), ROUNDS)) / REQUESTS;
}
