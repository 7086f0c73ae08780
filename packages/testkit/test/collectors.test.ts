import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CLIENTS } from '../src/collectors/clients.ts';
import { ENGINES } from '../src/collectors/engines.ts';
import { FORMS } from '../src/collectors/forms.ts';
import { COLLECTORS } from '../src/collectors/index.ts';
import type { Row } from '../src/collectors/rows.ts';
import { ROOT } from '../src/pack.ts';

interface Results {
  lines: { id: string; line: string }[];
  rows: Row[];
}

const { between, dialects, clients, fleet, merge } = (await import(
  pathToFileURL(join(ROOT, 'scripts/lib/collectors.mjs')).href
)) as {
  between: (page: string, text: string) => string;
  dialects: (results: Results) => string;
  clients: (results: Results) => string;
  fleet: (results: Results) => string;
  merge: (before: Row[], rows: Row[]) => Row[];
};
const { reasonOf } = (await import(pathToFileURL(join(ROOT, 'scripts/lib/absent.mjs')).href)) as {
  reasonOf: (text: string) => string;
};
const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const results = JSON.parse(await read('docs/collectors.json')) as Results;
const rowsOf = (kind: Row['kind']) => results.rows.filter((row) => row.kind === kind);

test('docs/dialects.md, docs/clients.md and docs/fleet.md are what the runs made of them', async () => {
  const page = await read('docs/dialects.md');
  const made = 'npm run test:collectors -- --write';
  expect(page === between(page, dialects(results)), made).toBe(true);
  const engines = await read('docs/fleet.md');
  expect(engines === between(engines, fleet(results)), made).toBe(true);
  expect((await read('docs/clients.md')) === clients(results), made).toBe(true);
});

test('each server, setting and client has a row, and no row is of anything else', () => {
  const ids = (kind: Row['kind']) =>
    rowsOf(kind)
      .map(({ id }) => id)
      .sort();
  expect(ids('server')).toEqual(COLLECTORS.map(({ id }) => id).sort());
  expect(ids('setting')).toEqual(
    COLLECTORS.flatMap(({ id, settings }) => settings.map((setting) => `${id}/${setting}`)).sort(),
  );
  expect(ids('client')).toEqual([...CLIENTS.map(({ id }) => id), 'gunicorn'].sort());
  expect(ids('store')).toEqual(ENGINES.map(({ id }) => id).sort());
  expect(results.lines).toEqual(FORMS.map(({ id, line }) => ({ id, line })));
});

test('rows have the versions that are pinned', async () => {
  const pinned = (await read('packages/testkit/package.json')).match(/"statsd": "([\d.]+)"/)![1];
  const modules = join(ROOT, 'packages/testkit/src/collectors/go');
  const texts = await Promise.all(
    (await readdir(modules)).map((name) => readFile(join(modules, name, 'go.mod'), 'utf8')),
  );
  const known = new Set(
    texts.flatMap((text) => [...text.matchAll(/ v(\S+)/g)].map(([, version]) => version)),
  );
  for (const row of results.rows) {
    if (row.id.startsWith('etsy')) expect(row.version).toBe(pinned);
    else if (/^(statsd_exporter|telegraf|otelcol|datadog-go|go-statsd-client)/.test(row.id))
      expect([...known], row.id).toContain(row.version);
  }
});

test('each row can be run again by its name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-collectors-'));
  try {
    const list = join(folder, 'list.json');
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const config = ['--config', 'vitest.collectors.config.ts'];
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
    await promisify(execFile)(process.execPath, [vitest, 'list', `--json=${list}`, ...config], {
      cwd: ROOT,
      env,
    });
    const found = JSON.parse(await readFile(list, 'utf8')) as Array<{ name: string }>;
    for (const { id } of results.rows) {
      const [name] = id.split('/');
      expect(found.filter((one) => one.name.startsWith(`${name}: `)).length, id).toBeGreaterThan(0);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a row that was run again takes the place of the one before, and the others stay', () => {
  const [first, second] = results.rows as [Row, Row];
  const again = { ...first, version: '99' };
  const merged = merge(results.rows, [again]);
  expect(merged).toHaveLength(results.rows.length);
  expect(merged).toContainEqual(again);
  expect(merged).toContainEqual(second);
  expect(merged).not.toContainEqual(first);
});

test('what the module proxy says against a module is kept without addresses', () => {
  const refused =
    'go: module example.com/a: reading https://proxy.example.com/a/@v/list: 403 Forbidden\n' +
    '\tserver response: Not available.\n';
  expect(reasonOf(refused)).toBe('the module proxy answered 403 Forbidden, "Not available."');
  expect(reasonOf('go: example.com/a@v1: unknown revision v1\n')).toBe(
    'example.com/a@v1: unknown revision v1',
  );
});
