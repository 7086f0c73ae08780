import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Child, startChild } from '../src/contract/child.ts';
import { Collector } from '../src/contract/collector.ts';
import { installedFolder, unpackLibrary } from '../src/installed.ts';
import { ROOT } from '../src/pack.ts';
import { snippetsOf } from '../src/readme.ts';

const MANIFEST = {
  private: true,
  type: 'module',
  dependencies: {
    '@apollo/server': '5.5.1',
    '@as-integrations/express5': '1.1.2',
    '@trpc/server': '11.25.2',
    express: '5.3.0',
    graphql: '16.15.0',
    typescript: '5.9.3',
  },
};

let folder: string;
let collector: Collector;
let child: Child;

beforeAll(async () => {
  folder = await installedFolder('recipes', MANIFEST);
  await unpackLibrary(folder);
});

beforeEach(async () => {
  collector = await Collector.open();
});

afterEach(async () => {
  await child.stop();
  collector.close();
});

/** Starts the program of a page and gives its text and address. */
async function start(name: string): Promise<{ page: string; url: string }> {
  const page = await readFile(join(ROOT, 'docs/recipes', `${name}.md`), 'utf8');
  const program = snippetsOf(page).find((snippet) => snippet.name === 'app.mjs')!;
  await writeFile(join(folder, `${name}.mjs`), program.code);
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', NODE_ENV: 'production' };
  child = await startChild(process.execPath, [`${name}.mjs`], env, folder);
  expect(child.stderr()).toBe('');
  return { page, url: `http://127.0.0.1:${child.port}` };
}

const names = (requests: ReadonlyArray<Record<string, string>>) =>
  requests.map(({ http_route }) => http_route);

test('GraphQL operations read as the recipe says', async () => {
  const { page, url } = await start('graphql-apollo');
  const rows = [...page.matchAll(/^\| `((?:query|mutation) .*)` \| `(.+)` \|$/gm)];
  expect(rows.length).toBe(4);
  for (const [, query] of rows) {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  }
  expect(names(await collector.requests(rows.length)).sort()).toEqual(
    rows.map(([, , route]) => route).sort(),
  );
  const blocks = collector.lines.filter((line) => line.startsWith('users.load:'));
  expect(blocks.join()).toContain('http_route:graphql query user');
});

test('tRPC procedures read as the recipe says', async () => {
  const { page, url } = await start('trpc');
  const rows = [...page.matchAll(/^\| `GET (\S+)` \| `(.+)` \|$/gm)];
  expect(rows.length).toBe(4);
  const statuses = [];
  for (const [, path] of rows) statuses.push((await fetch(`${url}${path}`)).status);
  expect(statuses).toEqual([200, 200, 200, 404]);
  expect(names(await collector.requests(rows.length)).sort()).toEqual(
    rows.map(([, , route]) => route).sort(),
  );
  const blocks = collector.lines.filter((line) => /^trpc\.(user|hello):/.test(line));
  expect(blocks.filter((line) => line.includes('http_route:trpc batch'))).toHaveLength(2);
});
