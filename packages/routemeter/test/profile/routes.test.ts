import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
import { installedTools } from '../../../testkit/src/tools.ts';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('./scripts/ten.ts', import.meta.url));
const SECONDS = size(3, 10);
/** How far a share may be from the truth, in points, where a core was there for half of the time at least. */
const POINTS = 1.5;
const ENOUGH_MS = 5000;

/** Datadog's tracer whole, with its profiler; nothing leaves the machine, the discard port stands for its agent. */
const TRACER = {
  DD_SERVICE: 'ten',
  DD_TRACE_AGENT_URL: 'http://127.0.0.1:9',
  DD_TRACE_STARTUP_LOGS: 'false',
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_PROFILING_ENABLED: 'true',
  DD_PROFILING_EXPORTERS: 'file',
  DD_PROFILING_UPLOAD_PERIOD: '3',
};

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

/** What one run found. */
interface Run {
  own: number;
  named: number;
  /** How far the share of a route was from the truth at most, in points. */
  off: number;
}

async function profiled(
  node: { version: string; path: string },
  form: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const options = { timeout: 90_000, env: { ...process.env, ...env } };
  const { stdout } = await run(node.path, ['--no-warnings', ...args], options);
  const found = JSON.parse(stdout) as Found;
  const where = `${form}, Node ${node.version}: ${stdout}`;
  const [own, wrong] = [summed(found, 'own'), summed(found, 'other')];
  expect(Object.keys(found).length, where).toBe(10);
  expect(own / (own + wrong), where).toBeGreaterThanOrEqual(0.995);
  const [cpu, truth] = [summed(found, 'cpu'), summed(found, 'truth')];
  const off = Object.values(found).map((one) => 100 * Math.abs(one.cpu / cpu - one.truth / truth));
  // Where others have the cores the sampler is late, too: a sample then stands for many ms.
  const limit = POINTS * Math.max(1, ENOUGH_MS / truth);
  expect(Math.max(...off), where).toBeLessThan(limit);
  return { own, named: own + wrong, off: Math.max(...off) };
}

function told(runs: readonly Run[]): string {
  const own = runs.reduce((sum, one) => sum + one.own, 0);
  const named = runs.reduce((sum, one) => sum + one.named, 0);
  const worst = Math.max(...runs.map(({ off }) => off));
  return `${((100 * own) / named).toFixed(2)} % of ${named} named samples on their own route; shares at most ${worst.toFixed(1)} points from their CPU`;
}

scenario('profile-routes', [120, 600], async () => {
  const { nodes: all } = await nodeBinaries();
  const nodes = isLong ? all : all.slice(-1);
  const library = dirname((await buildLibrary('profile-routes')).esm('index'));
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-ten-'));
  const runs: Run[] = [];
  try {
    for (const [form, [file, flags]] of Object.entries(await forms(folder)).slice(0, size(1, 5))) {
      for (const node of nodes) {
        if (form === 'stripped' && node.major < 22) continue;
        const how = form === 'worker' ? ['worker'] : [];
        runs.push(await profiled(node, form, [...flags, file, library, String(SECONDS), ...how]));
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    tried: `${runs.length} x ${SECONDS} s of ten routes: TypeScript by tsc, tsx, type stripping, bundled, in a worker`,
    saw: told(runs),
    lost: 'nothing',
  };
});

scenario('profile-dd-trace', [120, 600], async () => {
  const { nodes } = await nodeBinaries();
  const tracer = await installedTools('dd-trace', { 'dd-trace': '6.21.0' });
  const library = dirname((await buildLibrary('profile-dd-trace')).esm('index'));
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-ten-'));
  const runs: Run[] = [];
  let theirs = 0;
  try {
    const { tsc } = await forms(folder);
    // The oldest that it runs on is 22.
    for (const node of nodes.filter(({ major }) => major >= 22)) {
      const args = ['-r', join(tracer, 'node_modules/dd-trace/init.js'), tsc![0], library, String(SECONDS)];
      const prefix = join(folder, `${node.major}-`);
      runs.push(await profiled(node, 'dd-trace', args, { ...TRACER, DD_PROFILING_PPROF_PREFIX: prefix }));
      const files = (await readdir(folder)).filter((name) => name.startsWith(`${node.major}-wall`));
      expect(files.length, `profiles of dd-trace on Node ${node.version}`).toBeGreaterThan(0);
      theirs += files.length;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    tried: `${runs.length} x ${SECONDS} s of ten routes under -r dd-trace/init with its profiler, without an agent`,
    saw: `${told(runs)}; ${theirs} profiles of its own`,
    lost: 'nothing',
  };
});
