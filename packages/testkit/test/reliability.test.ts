import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../src/pack.ts';
import { type Row, type Scenario, scenarios } from '../src/reliability/scenario.ts';

interface Run {
  machine: string;
  rows: Row[];
}

const { page } = (await import(pathToFileURL(join(ROOT, 'scripts/lib/reliability.mjs')).href)) as {
  page: (run: Run, scenarios: Scenario[]) => string;
};
const committed = JSON.parse(await readFile(join(ROOT, 'docs/reliability.json'), 'utf8')) as Run;

test('docs/reliability.md is what its runs make of it, in the order of the scenarios', async () => {
  const names = committed.rows.map(({ name }) => name);
  expect(names).toEqual(scenarios.map(({ name }) => name).filter((name) => names.includes(name)));
  const text = await readFile(join(ROOT, 'docs/reliability.md'), 'utf8');
  expect(text === page(committed, scenarios), 'node scripts/reliability.mjs').toBe(true);
});

test('each row can be run again by its name: one test of that name, in the file that the list tells', async () => {
  const names = scenarios.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-scenarios-'));
  try {
    const list = join(folder, 'list.json');
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const files = [...new Set(scenarios.map(({ file }) => file))];
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', SOAK_ROWS: folder };
    await promisify(execFile)(process.execPath, [vitest, 'list', `--json=${list}`, ...files], {
      cwd: ROOT,
      env,
    });
    const found = JSON.parse(await readFile(list, 'utf8')) as Array<{ name: string; file: string }>;
    for (const { name, what, file } of scenarios) {
      // A suite's name stands before it, where there is one.
      const tests = found
        .map((one) => ({ ...one, name: one.name.split(' > ').at(-1)! }))
        .filter((one) => one.name.startsWith(`${name}: `));
      expect(tests).toEqual([expect.objectContaining({ name: `${name}: ${what}`, file: join(ROOT, file) })]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a scenario that was not run says so, and a row of none is refused', () => {
  const [first, ...rest] = committed.rows;
  const lines = page({ ...committed, rows: rest }, scenarios).split('\n');
  expect(lines.find((line) => line.startsWith(`| \`${first!.name}\``))).toContain('not run');
  const strange = { ...first!, name: 'strange' };
  expect(() => page({ ...committed, rows: [strange] }, scenarios)).toThrow('no scenario "strange"');
});
