import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, type ExpectStatic, expect, test } from 'vitest';
import { BUDGETS, MANIFEST, PROGRAMS } from '../../src/bundlers/programs.ts';
import { startChild } from '../../src/contract/child.ts';
import { Collector } from '../../src/contract/collector.ts';
import { installedFolder, unpackLibrary } from '../../src/installed.ts';
import { nodeBinaries } from '../../src/nodes.ts';

type Postject = {
  inject(file: string, resource: string, data: Buffer, options: { sentinelFuse: string }): Promise<void>;
};

const run = promisify(execFile);
const BUILD = fileURLToPath(new URL('../../src/bundlers/build.mjs', import.meta.url));
/** Of https://nodejs.org/api/single-executable-applications.html. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** A part of a bundle that is loaded later comes late on a busy machine. */
const LONG = { timeout: 20_000 };
const NAMES = Object.keys(PROGRAMS);
/** What each bundler makes, and what it is called behind the program's name. */
const WAYS: Record<string, Record<string, string>> = {
  esbuild: {
    'esbuild-cjs': '.cjs',
    'esbuild-cjs-minified': '.cjs',
    'esbuild-esm': '.mjs',
    'esbuild-esm-minified': '.mjs',
  },
  rollup: { 'rollup-cjs': '.cjs', 'rollup-esm': '.mjs' },
  webpack: { webpack: '.cjs' },
  ncc: { ncc: '/index.mjs' },
};

let folder: string;
beforeAll(async () => {
  folder = await installedFolder('bundlers', MANIFEST);
  await unpackLibrary(folder);
  await rm(join(folder, 'out'), { recursive: true, force: true });
  await mkdir(join(folder, 'programs'), { recursive: true });
  await writeFile(join(folder, 'budgets.yaml'), BUDGETS);
  for (const [name, { code }] of Object.entries(PROGRAMS)) {
    await writeFile(join(folder, 'programs', `${name}.mjs`), code);
  }
}, 300_000);

describe.each(Object.entries(WAYS))('%s', (bundler, ways) => {
  let said: unknown;
  beforeAll(async () => {
    const { stdout } = await run(process.execPath, [BUILD, bundler, folder, ...NAMES], { cwd: folder });
    said = JSON.parse(stdout.slice(stdout.lastIndexOf('\n', stdout.length - 2) + 1));
  }, 300_000);

  test('has nothing to say about the library', () => {
    expect(said).toEqual([]);
  });

  describe.each(Object.entries(ways))('%s', (way, rest) => {
    test.concurrent.for(NAMES)('routemeter/%s runs and measures', (name, { expect }) =>
      serves(expect, process.execPath, [join(folder, 'out', way, `${name}${rest}`)], name),
    );
  });
});

const { nodes } = await nodeBinaries();
const others = nodes.filter(({ path }) => path !== process.execPath);

describe.each(others)('Node $major', ({ path }) => {
  test.concurrent.for(NAMES)(
    'routemeter/%s, bundled by esbuild and minified, runs and measures',
    (name, { expect }) =>
      serves(expect, path, [join(folder, 'out/esbuild-cjs-minified', `${name}.cjs`)], name),
  );
});

describe.each(nodes.filter(({ major }) => major >= 24))(
  'a single executable of Node $major',
  ({ path, major }) => {
    test.each(['express', ...(major === 24 ? ['register'] : [])])(
      'routemeter/%s runs and measures',
      async (name) => {
        const executable = join(folder, 'out', `${name}-${major}`);
        const blob = `${executable}.blob`;
        const config = `${executable}.json`;
        const main = join(folder, 'out/esbuild-cjs-minified', `${name}.cjs`);
        await writeFile(config, JSON.stringify({ main, output: blob, disableExperimentalSEAWarning: true }));
        await run(path, ['--experimental-sea-config', config]);
        await copyFile(path, executable);
        const { inject } = createRequire(join(folder, 'package.json'))('postject') as Postject;
        await inject(executable, 'NODE_SEA_BLOB', await readFile(blob), { sentinelFuse: FUSE });
        try {
          await serves(expect, executable, [], name);
        } finally {
          await rm(executable, { force: true });
        }
      },
      120_000,
    );
  },
);

/**
 * Starts a program that is measured, asks it once, and looks at the answer and at what was counted.
 *
 * @param expect of the test: tests that run side by side have each its own.
 */
async function serves(
  expect: ExpectStatic,
  node: string,
  args: readonly string[],
  name: string,
): Promise<void> {
  const { route, body } = PROGRAMS[name]!;
  const collector = await Collector.open();
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', NODE_OPTIONS: '' };
  const child = await startChild(node, args, env, folder);
  try {
    // The preload's own line: what it says it measures, it measures from here on.
    const line = name === 'register' ? 'routemeter: no framework found, routes are guessed from URLs\n' : '';
    await expect.poll(() => child.stderr(), LONG).toBe(line);
    const answer = await fetch(`http://127.0.0.1:${child.port}/users/7`, {
      headers: { connection: 'close' },
    });
    expect(await answer.text()).toBe(body);
    const requests = await collector.requests(route === null ? 0 : 1);
    expect(requests.map(({ http_route }) => http_route)).toEqual(route === null ? [] : [route]);
    if (name === 'index') await expect.poll(() => collector.lines.join('\n'), LONG).toMatch(/^page:/m);
    // Again and again: where a part of the bundle comes later, as ncc has it, the first call may be too early.
    if (name === 'calls') {
      const called = async () => {
        await (await fetch(`http://127.0.0.1:${child.port}/users/7`)).text();
        return collector.lines.join('\n');
      };
      await expect.poll(called, LONG).toMatch(/^http\.client\.request:/m);
    }
    expect(child.stderr()).toBe(line);
  } finally {
    await child.stop();
    collector.close();
  }
}
