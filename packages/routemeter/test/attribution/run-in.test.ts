import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const run = promisify(execFile);
const { nodes } = await nodeBinaries();
const script = await bundle(new URL('./scripts/run-in.ts', import.meta.url), 'attribution-run-in');

interface Found {
  nodes: unknown[];
  ours: unknown[];
  again: unknown[];
  twice: { run: number; enterWith: number };
  used: { run: number; enterWith: number };
  given: unknown[];
}

async function found(path: string, flags: string[] = []): Promise<Found> {
  return JSON.parse((await run(path, [...flags, script], { timeout: 60_000 })).stdout) as Found;
}

it.each(nodes)(
  'what runs in a context sees what Node would show it, on Node $version',
  async ({ path, major }) => {
    const { nodes, ours, again, used, twice, given } = await found(path);
    expect(ours).toEqual(nodes);
    expect(ours.length).toBeGreaterThan(20);
    expect(given).toEqual(['this', 1, 2, 3, 'store']);
    // Where Node has frames, one is made and none to leave it.
    expect(again).toEqual(nodes);
    expect(used).toEqual(major >= 24 ? { run: 0, enterWith: 1 } : { run: 1, enterWith: 0 });
    // The frame is entered again.
    expect(twice).toEqual(major >= 24 ? { run: 0, enterWith: 1 } : { run: 2, enterWith: 0 });
  },
);

const node24 = nodes.find(({ major }) => major === 24);
it.runIf(node24 !== undefined)('leaves it to Node where that was told to have no frames', async () => {
  const { nodes, ours, used } = await found(node24!.path, ['--no-async-context-frame']);
  expect(ours).toEqual(nodes);
  expect(used.run).toBe(1);
});
