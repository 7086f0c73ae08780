import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { expect } from 'vitest';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { isLong, scenario, size } from '../../../testkit/src/reliability/scenario.ts';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('./scripts/ten.ts', import.meta.url));
const SECONDS = size(3, 10);
/** How far a share may be from the truth, in points, where a core was there for half of the time at least. */
const POINTS = 1.5;
const ENOUGH_MS = 5000;

type Found = Record<string, { own: number; other: number; cpu: number; truth: number }>;

const summed = (found: Found, what: 'own' | 'other' | 'cpu' | 'truth') =>
  Object.values(found).reduce((sum, one) => sum + one[what], 0);

/** The ways in which people run TypeScript: a file, and what Node needs for it. */
async function forms(folder: string): Promise<Record<string, [file: string, flags: string[]]>> {
  const compiled = join(folder, 'ten.js');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const { outputText, sourceMapText } = ts.transpileModule(await readFile(SOURCE, 'utf8'), {
    fileName: SOURCE,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, sourceMap: true },
  });
  await writeFile(compiled, outputText);
  await writeFile(`${compiled}.map`, sourceMapText!);
  const bundle = join(folder, 'bundle.mjs');
  await build({
    entryPoints: [SOURCE],
    outfile: bundle,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: true,
    platform: 'node',
    format: 'esm',
  });
  return {
    tsc: [compiled, []],
    bundled: [bundle, []],
    worker: [compiled, []],
    tsx: [SOURCE, ['--import', import.meta.resolve('tsx')]],
    stripped: [SOURCE, []],
  };
}

scenario('profile-routes', [120, 600], async () => {
  const { nodes: all } = await nodeBinaries();
  const nodes = isLong ? all : all.slice(-1);
  const library = dirname((await buildLibrary('profile-routes')).esm('index'));
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-ten-'));
  let own = 0;
  let named = 0;
  let worst = 0;
  let runs = 0;
  try {
    for (const [form, [file, flags]] of Object.entries(await forms(folder)).slice(0, size(1, 5))) {
      for (const { major, version, path } of nodes) {
        if (form === 'stripped' && major < 22) continue;
        const how = form === 'worker' ? ['worker'] : [];
        const args = ['--no-warnings', ...flags, file, library, String(SECONDS), ...how];
        const { stdout } = await run(path, args, { timeout: 90_000 });
        const found = JSON.parse(stdout) as Found;
        const where = `${form}, Node ${version}: ${stdout}`;
        const [right, wrong] = [summed(found, 'own'), summed(found, 'other')];
        expect(Object.keys(found).length, where).toBe(10);
        expect(right / (right + wrong), where).toBeGreaterThanOrEqual(0.995);
        const [cpu, truth] = [summed(found, 'cpu'), summed(found, 'truth')];
        const off = Object.values(found).map((one) => 100 * Math.abs(one.cpu / cpu - one.truth / truth));
        // Where others have the cores the sampler is late, too: a sample then stands for many ms.
        const limit = POINTS * Math.max(1, ENOUGH_MS / truth);
        expect(Math.max(...off), where).toBeLessThan(limit);
        own += right;
        named += right + wrong;
        worst = Math.max(worst, ...off);
        runs++;
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    tried: `${runs} x ${SECONDS} s of ten routes: TypeScript by tsc, tsx, type stripping, bundled, in a worker`,
    saw: `${((100 * own) / named).toFixed(2)} % of ${named} named samples on their own route; shares at most ${worst.toFixed(1)} points from their CPU`,
    lost: 'nothing',
  };
});
