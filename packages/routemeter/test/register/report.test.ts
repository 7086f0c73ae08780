import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { repositoryRoot } from '../../../testkit/src/root.ts';

const APP = `
const express = require(process.argv[2]);
const app = express();
app.get('/named/:id', (req, res) => res.end('named'));
app.use((req, res) => res.end('by a middleware'));
const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
`;

let library: Library;
let folder: string;
beforeAll(async () => {
  library = await buildLibrary('register-report');
  await mkdir(join(repositoryRoot(), '.cache'), { recursive: true });
  folder = await mkdtemp(join(repositoryRoot(), '.cache/report-'));
  await writeFile(join(folder, 'app.cjs'), APP);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the preload wrote to stderr after some requests, one after the other. */
async function told(paths: readonly string[]): Promise<string> {
  const collector = await Collector.open();
  const express = join(repositoryRoot(), 'packages/testkit/node_modules/express5');
  const hoisted = join(repositoryRoot(), 'node_modules/express5');
  const program = `try { require.resolve('${express}'); module.exports = require('${express}'); } catch { module.exports = require('${hoisted}'); }`;
  await writeFile(join(folder, 'express.cjs'), program);
  const preload = pathToFileURL(library.esm('register')).href;
  const args = ['--import', preload, join(folder, 'app.cjs'), join(folder, 'express.cjs')];
  const child = await startChild(process.execPath, args, {
    ROUTEMETER_URL: collector.url,
    ROUTEMETER_FLUSH_MS: '20',
  });
  try {
    for (const path of paths) await (await fetch(`http://127.0.0.1:${child.port}${path}`)).text();
    await collector.requests(paths.length);
  } finally {
    await child.stop();
    collector.close();
  }
  return child.stderr();
}

test('a framework of which no route was named is found, and not instrumented', async () => {
  const stderr = await told(['/nothing', '/nothing/else']);
  expect(stderr).toMatch(/^routemeter: found express 5[^\n]*of which no route was named so far\n$/);
});

test('it is instrumented with its first route, whatever came before', async () => {
  const stderr = await told(['/nothing', '/named/1', '/named/2']);
  expect(stderr.match(/instrumented express 5/g)).toHaveLength(1);
  expect(stderr).toMatch(/^routemeter: [^\n]*\n(?:routemeter: instrumented [^\n]*\n)?$/);
});
