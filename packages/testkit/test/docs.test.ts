import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { FIELDS } from '../../routemeter/src/config/schema.ts';
import { CATALOGUE } from '../../routemeter/src/errors/index.ts';
import { ROOT } from '../src/pack.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const firstCells = (markdown: string) =>
  [...markdown.matchAll(/^\| `([^|]+)` \|/gm)].map(([, cell]) => cell!);

test('docs/errors.md lists every code of the catalogue, and no other', async () => {
  const codes = firstCells(await read('docs/errors.md')).filter((code) => code.startsWith('RM_'));
  expect(codes).toEqual(Object.keys(CATALOGUE));
});

test('docs/errors.md lists the codes of the live server', async () => {
  const source = await read('packages/live/src/errors.ts');
  const type = /export type LiveErrorCode =([^;]+);/.exec(source)![1]!;
  const codes = [...type.matchAll(/'(\w+)'/g)].map(([, code]) => code);
  const listed = firstCells(await read('docs/errors.md')).filter((code) => !code.startsWith('RM_'));
  expect(listed).toEqual(codes);
});

test('the README lists every option', async () => {
  const readme = await read('README.md');
  const configuration = readme.slice(
    readme.indexOf('## Configuration'),
    readme.indexOf('## What is promised'),
  );
  const options = firstCells(configuration).flatMap((cell) => cell.split('`, `'));
  // Those that are handed over as they are, and not read from anywhere.
  const objects = ['client', 'sink'];
  expect(options.sort()).toEqual([...Object.keys(FIELDS), ...objects].sort());
});

test('the README names every environment variable that is read', async () => {
  const source = `${await read('packages/routemeter/src/config/environment.ts')}`;
  const variables = [...source.matchAll(/['.]((?:ROUTEMETER|DD|STATSD)_[A-Z_]+)/g)].map(([, name]) => name!);
  const readme = await read('README.md');
  // Set by routemeter-live, for nobody else to set.
  const missing = [...new Set(variables)].filter(
    (name) => name !== 'ROUTEMETER_LIVE_URL' && !readme.includes(`\`${name}\``),
  );
  expect(missing).toEqual([]);
});

test('docs/deploy.md names options as the command line has them', async () => {
  const text = await read('docs/deploy.md');
  const flags = await read('packages/live/src/cli/arguments.ts');
  const shown = [...text.matchAll(/^\| `(--[a-z-]+) [A-Z]+` \| `(ROUTEMETER_LIVE_\w+)` \|/gm)];
  expect(shown).toHaveLength(5);
  for (const [, flag, variable] of shown) {
    expect(flags).toContain(`${flag} <`);
    expect(flags).toContain(`'${variable!.replace('ROUTEMETER_LIVE_', '')}'`);
  }
});

test('CONTRIBUTING.md shows the import table that the lint rule holds', async () => {
  const config = (await import(pathToFileURL(join(ROOT, '.dependency-cruiser.mjs')).href)) as {
    default: { forbidden: Array<{ comment?: string }> };
  };
  const rules = config.default.forbidden.flatMap(
    ({ comment }) => /^(\w+)\/ may import only: (.*)$/.exec(comment ?? '') ?? [],
  );
  const held: string[] = [];
  for (let at = 0; at < rules.length; at += 3) held.push(`${rules[at + 1]}: ${rules[at + 2]}`);
  const text = await read('CONTRIBUTING.md');
  const table = text.slice(text.indexOf('| folder | may import |'), text.indexOf('State that belongs'));
  const shown = [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(
    ([, folder, allowed]) => `${folder}: ${allowed!.replaceAll('`', '')}`,
  );
  expect(shown).toEqual(held);
});

test('links of the documents lead somewhere', async () => {
  for (const path of [
    'README.md',
    'CONTRIBUTING.md',
    'docs/errors.md',
    'docs/deploy.md',
    'docs/collectors.md',
    'docs/fleet-size.md',
    'SECURITY.md',
    'docs/what-leaves.md',
    'packages/live/README.md',
    'packages/routemeter/README.md',
  ]) {
    const links = [...(await read(path)).matchAll(/\]\(([^)#]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
      ([, a, b]) => (a ?? b)!,
    );
    for (const link of links.filter((target) => !/^https?:/.test(target))) {
      expect(existsSync(join(ROOT, path, '..', link)), `${path}: ${link}`).toBe(true);
    }
  }
});

test('the files that tests begin with, since they take longest, are there', async () => {
  const known = JSON.parse(await read('scripts/lib/durations.json')) as Record<string, number>;
  const files = Object.keys(known);
  expect(files.length).toBeGreaterThan(20);
  // One that was renamed would be begun in the midst of the others, and nobody would know.
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});
