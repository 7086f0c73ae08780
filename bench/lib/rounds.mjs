// Instructions by valgrind's callgrind, of what a script does in rounds: the same to a hundredth in each process.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { FLAGS, totalOf } from './callgrind.mjs';

const run = promisify(execFile);

const STEADY = [
  // Code is not thrown away since it was not used for long, which under callgrind comes early.
  '--no-flush-bytecode',
  // No collection falls into what is counted: how long it takes depends on what else is alive.
  ...['--min-semi-space-size=64', '--max-semi-space-size=64'],
];
/** Rounds before: the engine compiles once more what ran often. None of them is counted, so that they are quick. */
const WARM = 30;
/** The first of them is left out: callgrind begins to count in it. */
const ROUNDS = 4;

/**
 * Counts a round of a script, see `steady.mjs`: the least of several, since now and then something else comes among
 * them.
 *
 * @param env variables besides those of this process.
 */
export async function countRounds(node, args, { env = process.env, warm = WARM } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-rounds-'));
  const out = join(folder, 'out');
  const valgrind = ['--tool=callgrind', '--instr-atstart=no', `--callgrind-out-file=${out}`];
  const child = spawn('valgrind', [...valgrind, node, ...FLAGS, ...STEADY, ...args], { stdio: 'pipe', env });
  try {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      said = (said + chunk).slice(-4000);
    });
    child.stdin.on('error', () => {});
    const overs = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const over = async () => {
      if ((await overs.next()).done) throw new Error(`${args.join(' ')} ended under callgrind: ${said}`);
    };
    const round = async (how) => {
      child.stdin.write(how);
      await over();
    };
    const control = (how) => run('callgrind_control', [how, String(child.pid)]);
    await over();
    for (let i = 0; i < warm; i++) await round('w');
    await round('f');
    await control('--instr=on');
    const rounds = [];
    for (let i = 1; i <= ROUNDS; i++) {
      await round('c');
      await control('--dump');
      rounds.push(totalOf(await readFile(`${out}.${i}`, 'utf8')));
    }
    return Math.min(...rounds.slice(1));
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}
