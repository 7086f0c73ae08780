import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const hasValgrind = spawnSync('callgrind_control', ['--version']).status === 0;

/** How many instructions optimised code takes depends on what V8 saw before it compiled that. */
const PLAIN = [
  ...['--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode'],
  // No collection falls among what is counted.
  '--min-semi-space-size=32',
  // One thread, and the same choices each time.
  ...['--single-threaded', '--predictable', '--random-seed=1', '--hash-seed=1'],
];

/** A script under callgrind that does what each line of its input says, and then says so. */
export class Counted {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly folder: string;
  private readonly answers: AsyncIterator<string>;
  private readonly ready: Promise<unknown>;
  private said = '';
  private dumps = 0;

  private constructor(node: string, args: readonly string[], folder: string) {
    this.folder = folder;
    // Not before what counts: all else would take fifty times as long, too.
    const valgrind = [
      '--tool=callgrind',
      '--instr-atstart=no',
      `--callgrind-out-file=${join(folder, 'out')}`,
    ];
    this.child = spawn('valgrind', [...valgrind, node, ...PLAIN, ...args]);
    this.child.stderr.on('data', (chunk) => {
      this.said += chunk;
    });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.ready = this.answers.next();
  }

  static async start(node: string, args: readonly string[]): Promise<Counted> {
    return new Counted(node, args, await mkdtemp(join(tmpdir(), 'routemeter-instructions-')));
  }

  async serve(line: string): Promise<void> {
    await this.ready;
    this.child.stdin.write(`${line}\n`);
    const { value } = await this.answers.next();
    if (value !== 'answered') throw new Error(`it did not answer: ${this.said}`);
  }

  /** From here on all is counted. */
  count(): Promise<void> {
    return this.control('--instr=on');
  }

  /** The instructions of several rounds, the least first: Node's timers run in some of them. */
  async rounds(line: string, rounds: number): Promise<number[]> {
    await this.serve(line);
    await this.control('--zero');
    const found: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await this.serve(line);
      await this.control('--dump');
      found.push(await collected(join(this.folder, `out.${++this.dumps}`)));
    }
    return found.sort((a, b) => a - b);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private async control(what: string): Promise<void> {
    await run('callgrind_control', [what, String(this.child.pid)], { timeout: 60_000 });
  }
}

/** A dump ends with what it counted since the one before. */
async function collected(file: string): Promise<number> {
  const found = /^(?:totals|summary): (\d+)/m.exec(await readFile(file, 'utf8'))?.[1];
  if (found === undefined) throw new Error(`callgrind told no number in ${file}`);
  return Number(found);
}
