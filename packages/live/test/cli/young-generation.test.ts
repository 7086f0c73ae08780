import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { buildAll } from '../page/browser.ts';

const PARTS = fileURLToPath(new URL('../../dist/bench/parts.mjs', import.meta.url));

beforeAll(buildAll);

/** Objects that live for a while, until V8 has made all the room for new ones that it may. */
const PROGRAM = `
const { boundYoungGeneration } = await import(process.argv[1]);
if (process.argv[2] === 'bound') boundYoungGeneration();
const { getHeapSpaceStatistics } = await import('node:v8');
const kept = [];
for (let turn = 0; turn < 300; turn++) {
  for (let i = 0; i < 10_000; i++) kept[i % 20_000] = { turn, i: [turn, i] };
  await new Promise(setImmediate);
}
console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20);
`;

async function youngMegabytes(how: string): Promise<number> {
  const args = ['--input-type=module', '-e', PROGRAM, PARTS, how];
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return Number(stdout);
}

it('the room for new objects stops growing', async () => {
  expect(await youngMegabytes('free')).toBeGreaterThan(16);
  // What grew until the first look at it.
  expect(await youngMegabytes('bound')).toBeLessThanOrEqual(16);
});
