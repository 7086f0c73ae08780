import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { installedFolder, unpackLibrary } from '../../src/installed.ts';

const run = promisify(execFile);
const isPossible = process.platform === 'linux' && process.arch === 'x64';
const PACKAGES = {
  '@oven/bun-linux-x64': '1.4.5',
  '@deno/linux-x64-glibc': '2.9.6',
  express: '5.3.0',
};
const RUNTIMES = [
  { name: 'Bun', path: '@oven/bun-linux-x64/bin/bun', run: [], version: '1.4.5' },
  { name: 'Deno', path: '@deno/linux-x64-glibc/deno', run: ['run', '-A'], version: '2.9.6' },
];

const APP = `
import { createRequire } from 'node:module';
import http from 'node:http';
console.log(createRequire(import.meta.url)('./data.json').text);
const server = http.createServer((request, response) => response.end('answered'));
server.listen(0, '127.0.0.1', async () => {
  console.log(await (await fetch('http://127.0.0.1:' + server.address().port + '/users/7')).text());
  process.exit(0);
});`;

const MIDDLEWARE = `
import express from 'express';
import { expressMeter } from 'routemeter/express';
import { captureMeter } from 'routemeter/testing';
const meter = captureMeter();
const app = express();
app.use(expressMeter(meter));
app.use(express.Router().get('/users/:id', (request, response) => response.send('ok')));
const server = app.listen(0, '127.0.0.1', async () => {
  await (await fetch('http://127.0.0.1:' + server.address().port + '/users/7')).text();
  await meter.time('block', async () => {});
  await meter.settled();
  for (const { name, tags } of await meter.metrics()) if (!name.includes('.cpu')) console.log(name, tags.http_route ?? '-');
  process.exit(0);
});`;

describe.skipIf(!isPossible).each(RUNTIMES)('$name', ({ name, path, run: args, version }) => {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = await installedFolder('runtimes', { private: true, dependencies: PACKAGES });
    await unpackLibrary(folder);
    program = join(folder, 'node_modules', path);
    await writeFile(join(folder, 'data.json'), '{ "text": "from json" }');
    await writeFile(join(folder, 'app.mjs'), APP);
    await writeFile(join(folder, 'middleware.mjs'), MIDDLEWARE);
  });

  const start = (...rest: string[]) => run(program, [...args, ...rest], { cwd: folder, timeout: 60_000 });

  test.each(['mjs', 'cjs'])(
    'the preload (%s) breaks nothing, and says in one line what works',
    async (kind) => {
      const preload = join(folder, 'node_modules/routemeter/dist', `register.${kind}`);
      const { stdout, stderr } = await start('--preload', preload, 'app.mjs');
      expect(stdout).toBe('from json\nanswered\n');
      expect(stderr).toMatch(
        new RegExp(`^routemeter: the preload does nothing under ${name} ${version}: [^\\n]*\\n$`),
      );
    },
  );

  test('the middleware of Express and a block measure', async () => {
    const { stdout } = await start('middleware.mjs');
    expect(stdout.trim().split('\n').sort()).toEqual(['block -', 'http.server.request /users/:id']);
  });
});
