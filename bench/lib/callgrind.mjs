// Instructions by valgrind's callgrind: the same whatever else the machine does.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One thread, and the same choices each time: nothing is left to chance, nor to how busy the machine is. */
export const FLAGS = ['--single-threaded', '--predictable', '--random-seed=1', '--hash-seed=1'];
const COUNTED = [
  // Code is not thrown away since it was not used for long, which under callgrind comes early.
  '--no-flush-bytecode',
  // No collection falls into what is counted: how long it takes depends on what else is alive.
  ...['--min-semi-space-size=64', '--max-semi-space-size=64'],
];
/** The first of them is left out: callgrind begins to count in it. */
const ROUNDS = 4;
/** How often it runs before: the engine compiles once more what ran often. */
const WARM = 30;

/**
 * Counts the second of the two parts of a script, see `counted.mjs`: the least of several times. The first part, in
 * which the engine compiles what runs often, runs much faster for not being counted.
 */
export async function countSecondPart(node, args) {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-counted-'));
  const out = join(folder, 'out');
  const valgrind = ['--tool=callgrind', '--instr-atstart=no', `--callgrind-out-file=${out}`];
  const child = spawn('valgrind', [...valgrind, node, ...FLAGS, ...COUNTED, ...args], { stdio: 'pipe' });
  try {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
    const overs = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const over = async () => {
      if ((await overs.next()).done) throw new Error(`${args.join(' ')} ended under callgrind: ${said}`);
    };
    const control = (how) => run('callgrind_control', [how, String(child.pid)]);
    const round = async (told) => {
      child.stdin.write(`${told}\n`);
      await over();
    };
    await over();
    for (let warm = 0; warm < WARM; warm++) await round('go on');
    await round('freeze');
    await control('--instr=on');
    const rounds = [];
    for (let i = 1; i <= ROUNDS; i++) {
      await round('go on');
      await control('--dump');
      rounds.push(await totalOf(`${out}.${i}`));
    }
    if (process.env.HOT) console.log(args.at(-1), rounds);
    return Math.min(...rounds.slice(1));
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** A dump ends with what was counted since the one before. */
async function totalOf(file) {
  const found = /^(?:totals|summary): (\d+)/m.exec(await readFile(file, 'utf8'))?.[1];
  if (found === undefined) throw new Error(`callgrind told no number in ${file}`);
  return Number(found);
}

/** Asked after the child has closed: how many instructions callgrind says it took. */
export function collectedBy(child) {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  return () => {
    const collected = /Collected\s*:\s*(\d+)/.exec(said)?.[1];
    if (collected === undefined)
      throw new Error(`callgrind told no number: ${said.trim().split('\n').at(-1)}`);
    return Number(collected);
  };
}
