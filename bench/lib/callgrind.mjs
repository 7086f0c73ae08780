// Instructions by valgrind's callgrind: the same whatever else the machine does.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One thread, and the same choices each time: nothing is left to chance, nor to how busy the machine is. */
export const FLAGS = ['--single-threaded', '--predictable', '--random-seed=1', '--hash-seed=1'];
/** Code is not thrown away since it was not used for long, which under callgrind comes early. */
const KEPT = '--no-flush-bytecode';

/**
 * No collection comes by itself: it would be counted, and takes with it code that was compiled for what it collects.
 */
const UNCOLLECTED = ['--min-semi-space-size=64', '--initial-heap-size=512', '--no-memory-reducer'];

/** Counts each part of a script but the first, see `counted.mjs`: the same to a thousandth each time. */
export async function countParts(node, args) {
  const folder = await mkdtemp(join(tmpdir(), 'callgrind-'));
  const out = join(folder, 'out');
  const valgrind = ['--tool=callgrind', '--instr-atstart=no', `--callgrind-out-file=${out}`];
  const child = spawn('valgrind', [...valgrind, node, ...FLAGS, KEPT, ...UNCOLLECTED, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const counts = [];
    const closed = once(child, 'close');
    const control = (how) => run('callgrind_control', [how, String(child.pid)]);
    let dumps = 0;
    for await (const _ of createInterface({ input: child.stdout })) {
      if (dumps++ === 0) await control('--instr=on');
      else {
        await control('--dump');
        counts.push(totalOf(await readFile(`${out}.${dumps - 1}`, 'utf8')));
      }
      child.stdin.write('\n');
    }
    const [code] = await closed;
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code} under callgrind`);
    return counts;
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** A dump ends with what was counted since the one before. */
export function totalOf(dump) {
  const total = /^(?:totals|summary): (\d+)/m.exec(dump)?.[1];
  if (total === undefined) throw new Error('callgrind told no number');
  return Number(total);
}
