import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'tsdown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';

const load = createRequire(new URL('../../../testkit/package.json', import.meta.url));
const PATHS = ['/users/7', '/users/anna', '/nope'];

let library: Library;
let folder: string;
beforeAll(async () => {
  library = await buildLibrary('register-bundled');
  folder = await mkdtemp(join(tmpdir(), 'routemeter-bundled-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const express = (first: string) => `
import express from ${JSON.stringify(load.resolve('express5'))};
${first === '' ? '' : `import { expressMeter } from ${JSON.stringify(library.esm('express'))};`}
const app = express();
${first}
app.get('/users/:id', (req, res) => res.send('ok'));
const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
`;
const fastify = () => `
import Fastify from ${JSON.stringify(load.resolve('fastify5'))};
const app = Fastify();
app.get('/users/:id', async () => 'ok');
app.listen({ port: 0, host: '127.0.0.1' }).then(() => console.log('port ' + app.server.address().port));
process.on('SIGTERM', () => process.exit(0));
`;

/** Bundles a program with all it imports, runs it alone in a folder, and tells how its requests were named. */
async function run(name: string, text: string, preload: boolean, isOutside = false) {
  const source = join(folder, `${name}.src.mjs`);
  await writeFile(source, text);
  await build({
    config: false,
    cwd: folder,
    entry: { [name]: source },
    outDir: join(folder, name),
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    fixedExtension: true,
    ...(isOutside ? { external: [/express/] } : { noExternal: [/./] }),
    inlineOnly: false,
    dts: false,
    logLevel: 'error',
  });
  const collector = await Collector.open();
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
  const args = preload ? ['--import', pathToFileURL(library.esm('register')).href] : [];
  const child = await startChild(process.execPath, [...args, join(folder, name, `${name}.cjs`)], env);
  try {
    for (const path of PATHS) await (await fetch(`http://127.0.0.1:${child.port}${path}`)).arrayBuffer();
    const requests = await collector.requests(PATHS.length);
    return { routes: requests.map(({ http_route }) => http_route).sort(), stderr: child.stderr() };
  } finally {
    await child.stop();
    collector.close();
  }
}

test('a bundled Express is not seen by the preload: names are guessed, and it says so', async () => {
  const { routes, stderr } = await run('guessed', express(''), true);
  expect(routes).toEqual(['/nope', '/users/:id', '/users/anna']);
  expect(stderr).toBe('routemeter: no framework found, routes are guessed from URLs\n');
});

test('an Express that was left outside the bundle is seen by the preload', async () => {
  const { routes, stderr } = await run('outside', express(''), true, true);
  expect(routes).toEqual(['/users/:id', '/users/:id', 'unmatched']);
  expect(stderr).toMatch(/^routemeter: instrumented express 5[^\n]*\n$/);
});

test.each([
  { by: 'alone', preload: false },
  { by: 'beside the preload', preload: true },
])('the one line, bundled with Express, names its routes $by', async ({ preload }) => {
  const { routes } = await run(`line-${preload}`, express('app.use(expressMeter());'), preload);
  expect(routes).toEqual(['/users/:id', '/users/:id', 'unmatched']);
});

test('a bundled Fastify is seen by the preload', async () => {
  const { routes, stderr } = await run('fastify', fastify(), true);
  expect(routes).toEqual(['/users/:id', '/users/:id', 'unmatched']);
  expect(stderr).toMatch(/^routemeter: instrumented fastify 5[^\n]*\n$/);
});
