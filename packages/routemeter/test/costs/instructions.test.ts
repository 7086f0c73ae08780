import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const run = promisify(execFile);
const { nodes } = await nodeBinaries();
const node = nodes.find(({ major }) => major === 24);
const hasValgrind = spawnSync('callgrind_control', ['--version']).status === 0;
if (node === undefined || !hasValgrind)
  console.warn(
    `instructions per request skipped: there is no ${hasValgrind ? 'Node 24, for which they are known' : 'valgrind to count them'}`,
  );

/**
 * Instructions that a request of Express takes above those of the bare app. Of plain code: how many optimised code takes
 * depends on what V8 saw before it compiled that. `npm run bench` counts those.
 */
const ADDED = { off: 79_100, auto: 100_300 };
/** What they may differ by. */
const WITHIN = 0.05;

const PLAIN = [
  ...['--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode'],
  // No collection falls among the requests.
  '--min-semi-space-size=32',
  // One thread, and the same choices each time.
  ...['--single-threaded', '--predictable', '--random-seed=1', '--hash-seed=1'],
];
const WARM = 60;
const REQUESTS = 20;
/** Node's timers run in some of them. */
const ROUNDS = 5;

it.runIf(node !== undefined && hasValgrind)(
  'a request takes as many instructions as it did',
  async () => {
    const script = await bundle(new URL('./scripts/instructions.ts', import.meta.url), 'costs-instructions');
    const [bare, off, auto] = await Promise.all(
      ['none', 'off', 'auto'].map((cpu) => instructions(script, cpu)),
    );
    const added = { off: Math.round(off! - bare!), auto: Math.round(auto! - bare!) };
    // Fewer are written here, too: else the next that come on top would not be seen.
    for (const cpu of ['off', 'auto'] as const)
      expect(Math.abs(added[cpu] / ADDED[cpu] - 1), `added: ${JSON.stringify(added)}`).toBeLessThan(WITHIN);
  },
  // About 25 seconds of CPU, of which a busy machine gives little.
  600_000,
);

/** Of one request, the least of several rounds. */
async function instructions(script: string, cpu: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-instructions-'));
  const out = join(folder, 'out');
  // Not before the requests that count: all else would take fifty times as long, too.
  const valgrind = ['--tool=callgrind', '--instr-atstart=no', `--callgrind-out-file=${out}`];
  const child = spawn('valgrind', [...valgrind, node!.path, ...PLAIN, script, 'express', '/hello', cpu]);
  try {
    const serve = asking(child);
    await serve(WARM);
    await control('--instr=on', child);
    await serve(REQUESTS);
    await control('--zero', child);
    const rounds: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      await serve(REQUESTS);
      await control('--dump', child);
      rounds.push(await collected(`${out}.${round}`));
    }
    return Math.min(...rounds) / REQUESTS;
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what has so many requests answered. */
function asking(child: ChildProcessWithoutNullStreams): (requests: number) => Promise<void> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ready = lines.next();
  return async (requests) => {
    await ready;
    child.stdin.write(`${requests}\n`);
    const { value } = await lines.next();
    if (value !== 'answered') throw new Error(`requests were not answered: ${said}`);
  };
}

async function control(what: string, { pid }: ChildProcessWithoutNullStreams): Promise<void> {
  await run('callgrind_control', [what, String(pid)], { timeout: 60_000 });
}

/** A dump ends with what it counted since the one before. */
async function collected(file: string): Promise<number> {
  const found = /^(?:totals|summary): (\d+)/m.exec(await readFile(file, 'utf8'))?.[1];
  if (found === undefined) throw new Error(`callgrind told no number in ${file}`);
  return Number(found);
}
