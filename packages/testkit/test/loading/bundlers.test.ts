import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { BUDGETS, MANIFEST, PROGRAMS } from '../../src/bundlers/programs.ts';
import { startChild } from '../../src/contract/child.ts';
import { Collector } from '../../src/contract/collector.ts';
import { installedFolder, unpackLibrary } from '../../src/installed.ts';
import { nodeBinaries } from '../../src/nodes.ts';

const run = promisify(execFile);
const BUILD = fileURLToPath(new URL('../../src/bundlers/build.mjs', import.meta.url));
const NAMES = Object.keys(PROGRAMS);
/** The files that each bundler makes, by folder. */
const WAYS: Record<string, Record<string, 'cjs' | 'mjs'>> = {
  esbuild: {
    'esbuild-cjs': 'cjs',
    'esbuild-cjs-minified': 'cjs',
    'esbuild-esm': 'mjs',
    'esbuild-esm-minified': 'mjs',
  },
  rollup: { 'rollup-cjs': 'cjs', 'rollup-esm': 'mjs' },
  webpack: { webpack: 'cjs' },
  ncc: { ncc: 'mjs' },
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
  }, 120_000);

  test('has nothing to say about the library', () => {
    expect(said).toEqual([]);
  });

  describe.each(Object.entries(ways))('%s', (way, extension) => {
    test.each(NAMES)('routemeter/%s runs and measures', (name) =>
      serves(process.execPath, [join(folder, 'out', way, `${name}.${extension}`)], name),
    );
  });
});

/** Starts a program that is measured, asks it once, and looks at the answer and at what was counted. */
async function serves(node: string, args: readonly string[], name: string): Promise<void> {
  const { route, body } = PROGRAMS[name]!;
  const collector = await Collector.open();
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', ROUTEMETER_SILENT: '1' };
  const child = await startChild(node, args, env, folder);
  try {
    expect(child.stderr()).toBe('');
    const answer = await fetch(`http://127.0.0.1:${child.port}/users/7`, { headers: { connection: 'close' } });
    expect(await answer.text()).toBe(body);
    const requests = await collector.requests(route === null ? 0 : 1);
    expect(requests.map(({ http_route }) => http_route)).toEqual(route === null ? [] : [route]);
    if (name === 'index') expect(collector.lines.some((line) => line.startsWith('page:'))).toBe(true);
    expect(child.stderr()).toBe('');
  } finally {
    await child.stop();
    collector.close();
  }
}
