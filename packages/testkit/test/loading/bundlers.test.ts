import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, type ExpectStatic, expect, test } from 'vitest';
import { isWhole } from '../../src/breadth.ts';
import { BUDGETS, MANIFEST, PROGRAMS } from '../../src/bundlers/programs.ts';
import { startChild } from '../../src/contract/child.ts';
import { Collector } from '../../src/contract/collector.ts';
import { installedFolder, unpackLibrary } from '../../src/installed.ts';
import { nodeBinaries, suiteNodes } from '../../src/nodes.ts';
import { scenario } from '../../src/reliability/scenario.ts';

type Postject = {
  inject(file: string, resource: string, data: Buffer, options: { sentinelFuse: string }): Promise<void>;
};

const run = promisify(execFile);
const BUILD = fileURLToPath(new URL('../../src/bundlers/build.mjs', import.meta.url));
/** Of https://nodejs.org/api/single-executable-applications.html. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** A part of a bundle that is loaded later comes late on a busy machine. */
const LONG = { timeout: 60_000 };
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

/** What loads once it is minified loads without, and ncc, which takes all, is made of webpack. */
const EASIER = ['esbuild-cjs', 'esbuild-esm', 'webpack'];
/** Those that load in ways of their own; the long form takes all, on all Nodes. */
const DIFFERENT = ['express', 'nest', 'register'];
const triedIn = (way: string) => (isWhole || !EASIER.includes(way) ? NAMES : DIFFERENT);

/** All programs in one: `all NAME`. */
const ALL = `const all = {
${NAMES.map((name) => `  ${name}: () => import('./${name}.mjs'),`).join('\n')}
};
all[process.argv[2]]();
`;

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
  await writeFile(join(folder, 'programs/all.mjs'), ALL);
});

describe.each(Object.entries(WAYS))('%s', (bundler, ways) => {
  let said: unknown;
  beforeAll(async () => {
    const tried = new Set(Object.keys(ways).flatMap(triedIn));
    const names = bundler === 'esbuild' ? [...tried, 'all'] : tried;
    const { stdout } = await run(process.execPath, [BUILD, bundler, folder, ...names], { cwd: folder });
    said = JSON.parse(stdout.slice(stdout.lastIndexOf('\n', stdout.length - 2) + 1));
  });

  test('has nothing to say about the library', () => {
    expect(said).toEqual([]);
  });

  describe.each(Object.entries(ways))('%s', (way, rest) => {
    test.concurrent.for(triedIn(way))('routemeter/%s runs and measures', (name, context) =>
      serves(process.execPath, [join(folder, 'out', way, `${name}${rest}`)], name, context.expect),
    );
  });
});

const { nodes } = await nodeBinaries();
const others = (await suiteNodes()).filter(({ path }) => path !== process.execPath);
const minified = (name: string) => join(folder, 'out/esbuild-cjs-minified', `${name}.cjs`);

describe.each(others)('Node $major', ({ path }) => {
  test.concurrent.for(DIFFERENT)(
    'routemeter/%s, bundled by esbuild and minified, runs and measures',
    (name, context) => serves(path, [minified(name)], name, context.expect),
  );
});

describe.each(nodes.filter(({ major }) => major === 24))('a single executable of Node $major', (node) => {
  let executable: string;
  beforeAll(async () => {
    executable = await makeExecutable(node);
  });
  afterAll(() => rm(executable, { force: true }));

  test.concurrent.for(NAMES)('routemeter/%s runs and measures', (name, context) =>
    serves(executable, [name], name, context.expect),
  );
});

scenario('bundles', [0, 900], async () => {
  await run(process.execPath, [BUILD, 'esbuild', folder, ...NAMES, 'all'], { cwd: folder });
  let tried = 0;
  for (const node of nodes) {
    for (const name of NAMES) await serves(node.path, [minified(name)], name, expect);
    tried += NAMES.length;
    if (node.major < 24) continue;
    const executable = await makeExecutable(node);
    for (const name of NAMES) await serves(executable, [name], name, expect);
    await rm(executable, { force: true });
    tried += NAMES.length;
  }
  return {
    tried: `${tried} programs`,
    saw: 'the same answers, and no warning',
    lost: 'nothing: each request counted once',
  };
});

/** A single executable of all programs. */
async function makeExecutable({ path, major }: { path: string; major: number }): Promise<string> {
  const executable = join(folder, 'out', `all-${major}`);
  const blob = `${executable}.blob`;
  const config = `${executable}.json`;
  await writeFile(
    config,
    JSON.stringify({ main: minified('all'), output: blob, disableExperimentalSEAWarning: true }),
  );
  await run(path, ['--experimental-sea-config', config]);
  await copyFile(path, executable);
  const { inject } = createRequire(join(folder, 'package.json'))('postject') as Postject;
  await inject(executable, 'NODE_SEA_BLOB', await readFile(blob), { sentinelFuse: FUSE });
  return executable;
}

/**
 * Starts a program that is measured, asks it once, and looks at the answer and at what was counted.
 *
 * @param expect that of the test: several of them run at once.
 */
async function serves(
  node: string,
  args: readonly string[],
  name: string,
  expect: ExpectStatic,
): Promise<void> {
  const { route, body } = PROGRAMS[name]!;
  const collector = await Collector.open();
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', NODE_OPTIONS: '' };
  const child = await startChild(node, args, env, folder);
  try {
    // The preload's own line comes with the first request that it measured: under ncc that may not be the first of all.
    const line = name === 'register' ? 'routemeter: no framework found, routes are guessed from URLs\n' : '';
    if (name === 'register') {
      const asked = async () => {
        await (await fetch(`http://127.0.0.1:${child.port}/`, { headers: { connection: 'close' } })).text();
        return child.stderr();
      };
      await expect.poll(asked, LONG).toBe(line);
    }
    const answer = await fetch(`http://127.0.0.1:${child.port}/users/7`, {
      headers: { connection: 'close' },
    });
    expect(await answer.text()).toBe(body);
    const counted = async () => {
      const requests = await collector.requests(route === null ? 0 : 1);
      return requests.map(({ http_route }) => http_route).filter((one) => one !== '/');
    };
    await expect.poll(counted, LONG).toEqual(route === null ? [] : [route]);
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
