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
  // The preload runs in every process that npm or a compiler starts: it must stay small. Four of Node's modules are
  // those of threads, for which it has to be ready before the application starts one; switched off it loads none of
  // them. A third of it is the table of what can be hooked, frameworks and the libraries whose calls or units of
  // work can be followed.
  ['register', { files: 6, bytes: 30_500, builtins: 30 }],
  ['register', { files: 6, bytes: 30_500, builtins: 26 }, OFF],
  // One large file holds all that meters need, small ones what some other entries share with it, units of work among it; the frameworks add a few small ones. What follows
  // calls of upstreams is in none of them: it is loaded by the first meter that sends any. So is what takes profiles, when
  // one is asked for; the engine is a file of its own, since both need it. Fifteen thousand bytes of it are what estimates
  // delays: less than another file would cost to find. So are the five thousand that watch what measuring CPU takes: the
  // default has a ceiling for it; what finds its price and measures in slices is loaded when it may be above that. Four
  // thousand are what enters and leaves a context without a copy of it, and what asks each context once whose it is. Errors and warnings are a small file of their own, which what
  // takes orders of profiles needs as well; two thousand read who may give them.
  ['index', { files: 15, bytes: 238_500, builtins: 52 }],
  ['http', { files: 18, bytes: 270_500, builtins: 61 }],
  // The files of Fastify's mounts and of the functions that stand in the application's stacks are three of these.
  ['fastify', { files: 22, bytes: 286_100, builtins: 61 }],
])('loads no more than it did: %s', async (entry, most, env = {}) => {
  const found = await start(entry, env);
  // A figure of nothing would pass, too.
  expect(found.files).toBeGreaterThan(1);
  expect(found.files).toBeLessThanOrEqual(most.files);
  expect(found.bytes).toBeLessThanOrEqual(most.bytes);
  expect(found.builtins).toBeLessThanOrEqual(most.builtins);
});

it.each(['cjs', 'esm'] as const)(
  'what follows calls is loaded by a meter that sends them: %s',
  async (format) => {
    const file = library[format]('index');
    const code = (upstreams: boolean) => `
    ${format === 'cjs' ? `const { createMeter } = require('${file}')` : `import { createMeter } from '${file}'`};
    import('node:diagnostics_channel').then(async ({ hasSubscribers }) => {
      await createMeter({ url: 'null:', upstreams: ${upstreams} });
      const { createRequire } = process.getBuiltinModule('node:module');
      const isLoaded = Object.keys(createRequire('/').cache).some((file) => file.endsWith('routemeter-calls.cjs'));
      process.stdout.write(JSON.stringify([isLoaded, hasSubscribers('undici:request:create')]));
    });`;
    const found = async (upstreams: boolean): Promise<unknown> => {
      const args = [`--input-type=${format === 'cjs' ? 'commonjs' : 'module'}`, '-e', code(upstreams)];
      const { stdout } = await run(process.execPath, args, {
        cwd: '/',
        env: { PATH: process.env.PATH ?? '' },
      });
      return JSON.parse(stdout);
    };
    expect(await found(false)).toEqual([false, false]);
    expect(await found(true)).toEqual([true, true]);
  },
);
