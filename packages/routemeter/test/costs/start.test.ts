import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';

const run = promisify(execFile);
let library: Library;
beforeAll(async () => {
  library = await buildLibrary('costs-start');
});

interface Start {
  files: number;
  bytes: number;
  builtins: number;
}

/** What loading an entry of the CommonJS build reads: files of ours, their bytes, and modules of Node. */
async function start(entry: string, env: Record<string, string> = {}): Promise<Start> {
  const code = `
    const { statSync } = require('node:fs');
    const before = new Set(process.moduleLoadList);
    require(process.argv[1]);
    const files = Object.keys(require.cache);
    process.stdout.write(JSON.stringify({
      files: files.length,
      bytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
      builtins: process.moduleLoadList.filter((name) => !before.has(name) && name.startsWith('NativeModule')).length,
    }));`;
  // In the file system's root no Express is found, whose loading would count as ours.
  const { stdout } = await run(process.execPath, ['-e', code, library.cjs(entry)], {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return JSON.parse(stdout) as Start;
}

const OFF = { ROUTEMETER_ENABLED: 'false' };

it.each<[string, Start, Record<string, string>?]>([
  // The preload runs in every process that npm or a compiler starts: it must stay small. A part of it is the table
  // of the libraries whose calls can be followed; four modules of Node are those of threads, which it has to be
  // ready for before the application starts one.
  ['register', { files: 5, bytes: 28_000, builtins: 30 }],
  ['register', { files: 5, bytes: 28_000, builtins: 30 }, OFF],
  // One large file holds all that meters need; the frameworks add a few small ones.
  // The sources of calls are loaded with it: a meter may want them, and is made without waiting.
  ['index', { files: 12, bytes: 290_000, builtins: 52 }],
  ['http', { files: 10, bytes: 250_000, builtins: 61 }],
  ['fastify', { files: 14, bytes: 266_000, builtins: 61 }],
])('loads no more than it did: %s', async (entry, most, env = {}) => {
  const found = await start(entry, env);
  // A figure of nothing would pass, too.
  expect(found.files).toBeGreaterThan(1);
  expect(found.files).toBeLessThanOrEqual(most.files);
  expect(found.bytes).toBeLessThanOrEqual(most.bytes);
  expect(found.builtins).toBeLessThanOrEqual(most.builtins);
});
