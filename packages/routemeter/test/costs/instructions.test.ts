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
    `instructions per request and call skipped: there is no ${hasValgrind ? 'Node 24, for which they are known' : 'valgrind to count them'}`,
  );

/**
 * Instructions that a request of Express takes above those of the bare app. Of plain code: how many optimised code takes
 * depends on what V8 saw before it compiled that. `npm run bench` counts those.
 */
const ADDED = { off: 79_100, auto: 100_300 };
/** That following a call takes, around libraries that do nothing. */
const FOLLOWED = { ioredis: 34_420, pg: 45_600, fetch: 36_880 };
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
      ['none', 'off', 'auto'].map(async (cpu) => {
        const [found] = await instructions([script, 'express', '/hello', cpu], ['']);
        return found!;
      }),
    );
    expectAsKnown({ off: off! - bare!, auto: auto! - bare! }, ADDED);
  },
  // About 25 seconds of CPU, of which a busy machine gives little.
  600_000,
);

it.runIf(node !== undefined && hasValgrind)(
  'following a call takes as many instructions as it did',
  async () => {
    const script = await bundle(
      new URL('./scripts/call-instructions.ts', import.meta.url),
      'costs-call-instructions',
    );
    const names = Object.keys(FOLLOWED);
    const [bare, followed] = await Promise.all(
      ['none', 'calls'].map((what) => instructions([script, what], names)),
    );
    const added = names.map((name, i) => [name, followed![i]! - bare![i]!] as const);
    expectAsKnown(Object.fromEntries(added), FOLLOWED);
  },
  600_000,
);

/** Fewer are written down, too: else the next that come on top would not be seen. */
function expectAsKnown(added: Record<string, number>, known: Record<string, number>): void {
  const found = `added: ${JSON.stringify(added)}`;
  for (const [name, count] of Object.entries(known))
    expect(Math.abs(added[name]! / count - 1), found).toBeLessThan(WITHIN);
}

/** Of one request or call of each kind, the least of several rounds. */
async function instructions(args: readonly string[], kinds: readonly string[]): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-instructions-'));
  const out = join(folder, 'out');
  // Not before the requests that count: all else would take fifty times as long, too.
  const valgrind = ['--tool=callgrind', '--instr-atstart=no', `--callgrind-out-file=${out}`];
  const child = spawn('valgrind', [...valgrind, node!.path, ...PLAIN, ...args]);
  try {
    const serve = asking(child);
    for (const kind of kinds) await serve(WARM, kind);
    await control('--instr=on', child);
    let dumps = 0;
    const least: number[] = [];
    for (const kind of kinds) {
      await serve(REQUESTS, kind);
      await control('--zero', child);
      const rounds: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await serve(REQUESTS, kind);
        await control('--dump', child);
        rounds.push(await collected(`${out}.${++dumps}`));
      }
      least.push(Math.min(...rounds) / REQUESTS);
    }
    return least;
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what has so many requests answered, or calls made. */
function asking(child: ChildProcessWithoutNullStreams): (amount: number, kind: string) => Promise<void> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ready = lines.next();
  return async (amount, kind) => {
    await ready;
    child.stdin.write(`${amount} ${kind}\n`);
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
