import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { build } from '../../packages/live/test/cli/built.ts';

const SCRIPT = fileURLToPath(new URL('../fleet.mjs', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [SCRIPT, ...args]);

beforeAll(build);

it('docs/fleet-size.md shows what bench/fleet.mjs works out', async () => {
  const text = readFileSync(new URL('../../docs/fleet-size.md', import.meta.url), 'utf8');
  const shown = /<!-- fleet:begin -->\n([\s\S]*)\n<!-- fleet:end -->/.exec(text)![1];
  expect((await run()).stdout.trim()).toBe(shown);
});

it('another fleet has other numbers', async () => {
  const { stdout } = await run('--hosts', '3', '--routes', '2');
  expect(stdout).toMatch(/^3 hosts, 2 routes each/);
  const series = /`native`.*?\| (\d+) \| 0 \| (\d+) \|/.exec(stdout)!;
  expect(Number(series[2])).toBe(3 * Number(series[1]));
  await expect(run('--hosts', '0')).rejects.toMatchObject({ code: 2 });
});
