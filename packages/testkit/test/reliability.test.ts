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

test('docs/reliability.md is what its run makes of it, with a row for each scenario and no other', async () => {
  expect(committed.rows.map(({ name }) => name)).toEqual(scenarios.map(({ name }) => name));
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
      const tests = found.filter((one) => one.name.startsWith(`${name}: `));
      expect(tests).toEqual([expect.objectContaining({ name: `${name}: ${what}`, file: join(ROOT, file) })]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test('a page is not made of a run that lacks a scenario', () => {
  const [first, ...rest] = committed.rows;
  expect(() => page({ ...committed, rows: rest }, scenarios)).toThrow(`no row "${first!.name}"`);
});
