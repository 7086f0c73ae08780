import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import { PROFILERS } from '../../../testkit/src/profilers.ts';
import { installedTools } from '../../../testkit/src/tools.ts';

const run = promisify(execFile);
/** What an application takes at most where others have the cores; a test has two of them. */
const LONGEST_MS = 110_000;
vi.setConfig({ testTimeout: 2 * LONGEST_MS + 20_000 });
const nodes = await suiteNodes();
const script = (name: string) => fileURLToPath(new URL(`./scripts/${name}`, import.meta.url));

/** What does not hang on the version is tried on the oldest and the newest. */
const ends = [nodes[0]!.major, nodes.at(-1)!.major];
const tools = await installedTools('profilers', PROFILERS).catch((error: Error) => error);
if (tools instanceof Error) console.warn(`@datadog/pprof skipped: ${tools.message.split('\n')[0]}`);

let library: string;
let folder: string;
beforeAll(async () => {
  library = dirname((await buildLibrary('profile')).esm('index'));
  folder = await mkdtemp(join(tmpdir(), 'routemeter-profile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Report {
  truth: Record<string, { own: number; other: number; file: string; line: number }>;
  units: Array<{
    kind: string;
    name: string;
    samples: number;
    cpu: number;
    stalled: number;
    tree: { samples: number; cpu: number; stalled: number };
    blocks: Array<{ name: string }>;
  }>;
  inner: string[];
  origins: string[];
  ended: string;
  held: { expected: number; start: number };
  theirs: Record<string, number>;
  halted: { cpu: number; stalled: number } | null;
}

/** How long a debugger pauses. */
const PAUSE_MS = 800;

async function profiled(
  node: string,
  flags: string[] = [],
  how: string[] = [],
  seconds = 2,
): Promise<Report> {
  const args = ['--no-warnings', ...flags, script('app.mjs'), library, String(seconds), ...how];
  const { stdout } = await run(node, args, { cwd: folder, timeout: LONGEST_MS });
  return JSON.parse(stdout) as Report;
}

/** Each function that is named after its route is sampled there, and trees are as large as the ledger's figures. */
function expectRight({ truth, units }: Report): void {
  let own = 0;
  let other = 0;
  for (const found of Object.values(truth)) {
    own += found.own;
    other += found.other;
  }
  // Where the machine is crowded there are few; where there are none, nothing is shown.
  expect(own).toBeGreaterThan(100);
  expect(own / (own + other), JSON.stringify(truth)).toBeGreaterThanOrEqual(0.995);
  for (const { name, cpu, stalled, samples, tree } of units) {
    expect(tree.cpu, name).toBeCloseTo(cpu, 6);
    expect(tree.stalled, name).toBeCloseTo(stalled, 6);
    expect(tree.samples, name).toBe(samples);
  }
}

describe.each(nodes)('a profile on Node $version', ({ major, path }) => {
  const isBetween = !ends.includes(major);
  const isApart = tools instanceof Error || isBetween;

  it('gives each sample to its route and block, after awaits and in shared helpers too', async () => {
    const report = await profiled(path);
    expectRight(report);
    expect(Object.keys(report.truth).sort()).toEqual([
      'awaitPiece',
      'callSharedA',
      'callSharedB',
      'commonBurn',
      'innerPiece',
      'jsonBody',
      'outerPiece',
      'syncBurn',
    ]);
    expect(report.inner).toEqual(['innerPiece']);
    expect(report.ended).toBe('time');
    const blocks = report.units.find(({ name }) => name === '/blocks')!;
    expect(blocks.blocks.map(({ name }) => name).sort()).toEqual(['inner', 'outer']);
    // ES modules have URLs there, CommonJS has paths: both are told as paths.
    expect(report.truth.syncBurn).toMatchObject({
      file: script('app.mjs'),
      line: await lineOf('app.mjs', 'syncBurn'),
    });
    expect(report.truth.commonBurn).toMatchObject({ file: script('own.cjs'), line: 1 });
  });

  it('is right in a worker thread', async () => {
    expectRight(await profiled(path, [], ['worker']));
  });

  it.skipIf(isBetween)('is right beside a profile of Node’s own and a listening inspector', async () => {
    expectRight(await profiled(path, ['--cpu-prof', '--cpu-prof-name=own.cpuprofile']));
    const own = JSON.parse(await readFile(join(folder, 'own.cpuprofile'), 'utf8')) as { samples: number[] };
    expect(own.samples.length).toBeGreaterThan(100);
    expectRight(await profiled(path, ['--inspect=127.0.0.1:0']));
  });

  it.skipIf(isApart)('is right beside the profiler of dd-trace and Pyroscope', async () => {
    const report = await profiled(path, [], [String(tools)], 2);
    expectRight(report);
    expect(report.theirs.syncBurn).toBeGreaterThan(20);
  });

  it.skipIf(isBetween)('is right beside a client of the inspector that profiles', async () => {
    const app = await inspected(path);
    const { client } = app;
    await client.ask('Profiler.enable');
    await client.ask('Profiler.setSamplingInterval', { interval: 500 });
    await client.ask('Profiler.start');
    app.go();
    const report = await app.report();
    const { profile } = (await client.ask('Profiler.stop')) as { profile: { nodes: Sampled[] } };
    app.end();
    expectRight(report);
    const hits = profile.nodes.filter(({ callFrame }) => callFrame.functionName === 'syncBurn');
    expect(hits.reduce((sum, { hitCount }) => sum + hitCount, 0)).toBeGreaterThan(20);
  });

  it.skipIf(major === 22)('tells a pause in a debugger from a function’s CPU', async () => {
    const app = await inspected(path);
    const { client } = app;
    await client.ask('Debugger.enable');
    app.go();
    await app.sampling;
    const paused = client.told('Debugger.paused');
    await client.ask('Debugger.pause');
    await paused;
    // What is looked for is as long as this.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await client.ask('Debugger.resume');
    const report = await app.report();
    app.end();
    expectRight(report);
    expect(report.halted!.stalled).toBeGreaterThan(PAUSE_MS / 2);
    expect(report.halted!.cpu).toBeLessThan(report.halted!.stalled / 2);
  });

  it('without the inspector is taken by V8 itself, or refused with the reason', async () => {
    const flag = major >= 24 ? '--permission' : '--experimental-permission';
    const allowed = ['--allow-fs-read=*', '--allow-worker', ...(major >= 26 ? ['--allow-net'] : [])];
    const taken = profiled(path, [flag, ...allowed]);
    if (major >= 24) expectRight(await taken);
    else await expect(taken).rejects.toThrow(/RM_PROFILE_REFUSED/);
  });

  it.skipIf(process.platform !== 'linux')('is not there before, and leaves nothing behind', async () => {
    const { stdout } = await run(path, ['--no-warnings', script('left.mjs'), library], {
      timeout: LONGEST_MS,
    });
    const { before, during, after, units } = JSON.parse(stdout) as Record<
      'before' | 'during' | 'after',
      Left
    > & { units: string[] };
    expect(units).toContain('unit');
    expect(before).toMatchObject({ isSampled: false, hasInspector: false });
    expect(during).toMatchObject({ isSampled: true, hasInspector: true });
    expect(during.threads).toBeGreaterThan(before.threads);
    // Node’s module stays loaded; no thread, no signal, no timer and no handle does.
    expect({ ...after, hasInspector: false }).toEqual(before);
  });

  it('tells where functions stand in the sources of what was compiled', async () => {
    const line = await lineOf('worked.ts', 'burnTyped');
    const source = await readFile(script('worked.ts'), 'utf8');
    const name = `worked-${major}`;
    // With a file of its own, as tsc writes it, and with the map inside.
    for (const inlineSourceMap of [false, true]) {
      const options: ts.CompilerOptions = {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        ...(inlineSourceMap ? { inlineSourceMap } : { sourceMap: true }),
      };
      const fileName = join(folder, `${name}-${inlineSourceMap}.ts`);
      const { outputText, sourceMapText } = ts.transpileModule(source, {
        fileName,
        compilerOptions: options,
      });
      const compiled = fileName.replace(/\.ts$/, '.js');
      await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
      await writeFile(compiled, outputText);
      if (sourceMapText !== undefined) await writeFile(`${compiled}.map`, sourceMapText);
      expect(await typed(path, compiled)).toMatchObject({ name: 'burnTyped', file: fileName, line });
    }
    // In one file, with all that it imports.
    const bundle = join(folder, `${name}-bundle.mjs`);
    await build({
      entryPoints: [script('worked.ts')],
      outfile: bundle,
      bundle: true,
      minify: true,
      sourcemap: true,
      format: 'esm',
    });
    expect(await typed(path, bundle)).toMatchObject({ name: 'burnTyped', file: script('worked.ts'), line });
    // By tsx, and by Node itself, which leaves everything where it stands.
    const tsx = import.meta.resolve('tsx');
    expect(await typed(path, script('worked.ts'), ['--import', tsx])).toMatchObject({
      name: 'burnTyped',
      line,
    });
    if (major < 22) return;
    expect(await typed(path, script('worked.ts'))).toMatchObject({ name: 'burnTyped', line });
  });
});

/** What is there of a profile; see `left.mjs`. */
interface Left {
  threads: number;
  isSampled: boolean;
  resources: string[];
  hasInspector: boolean;
}

interface Message {
  id?: number;
  method?: string;
  result?: unknown;
}

interface Sampled {
  callFrame: { functionName: string };
  hitCount: number;
}

/** An application with a client of the inspector, which it waits for. */
async function inspected(node: string) {
  const args = ['--no-warnings', '--inspect=127.0.0.1:0', script('app.mjs'), library, '2', 'told'];
  const app = spawn(node, args, { cwd: folder, timeout: LONGEST_MS });
  let said = '';
  app.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  const hasSaid = async (text: RegExp) => {
    while (!text.test(said)) await once(app.stderr, 'data');
    return text.exec(said)![0];
  };
  const client = await attached(await hasSaid(/ws:\S+(?=\s)/));
  return {
    client,
    go: () => app.stdin.write('go\n'),
    sampling: hasSaid(/^sampling$/m),
    async report(): Promise<Report> {
      let text = '';
      for await (const chunk of app.stdout.setEncoding('utf8')) {
        text += chunk;
        if (text.endsWith('\n')) break;
      }
      return JSON.parse(text) as Report;
    },
    end() {
      client.close();
      app.stdin.end();
    },
  };
}

/** A client of the inspector, as a debugger is one. */
async function attached(url: string) {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let next = 0;
  const waiting = new Set<(message: Message) => void>();
  socket.on('message', (bytes) => {
    const one = JSON.parse(String(bytes)) as Message;
    for (const hear of waiting) hear(one);
  });
  const message = (isWanted: (message: Message) => boolean) =>
    new Promise<Message>((resolve) => {
      const hear = (one: Message) => {
        if (!isWanted(one)) return;
        waiting.delete(hear);
        resolve(one);
      };
      waiting.add(hear);
    });
  return {
    async ask(method: string, params: object = {}): Promise<unknown> {
      const id = ++next;
      const answered = message((one) => one.id === id);
      socket.send(JSON.stringify({ id, method, params }));
      return (await answered).result;
    },
    told: (method: string) => message((one) => one.method === method),
    close: () => socket.close(),
  };
}

async function typed(node: string, file: string, flags: string[] = []) {
  const args = ['--no-warnings', ...flags, script('typed.mjs'), library, file];
  const { stdout } = await run(node, args, { timeout: LONGEST_MS });
  const found = JSON.parse(stdout) as Array<{ name: string; file: string; line: number; samples: number }>;
  return found.find(({ file: at }) => basename(at).startsWith('worked')) ?? found;
}

/** The line that a function is declared in. */
async function lineOf(name: string, declared: string): Promise<number> {
  const lines = (await readFile(script(name), 'utf8')).split('\n');
  return (
    lines.findIndex((text) =>
      new RegExp(`^\\s*(function )?${declared}\\(\\w+(: number)?\\).*\\{$`).test(text),
    ) + 1
  );
}
