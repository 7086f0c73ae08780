// Instructions by valgrind's callgrind: the same whatever else the machine does.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

export const VALGRIND = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null'];
/** One thread, and the same choices each time: nothing is left to chance, nor to how busy the machine is. */
export const FLAGS = ['--single-threaded', '--predictable', '--random-seed=1', '--hash-seed=1'];

/**
 * A program that is counted only while it is told to: until then valgrind runs it several times faster, as long as its
 * compiler needs to be done. Valgrind hears a command only while the program runs, so that it is sent empty messages
 * meanwhile.
 */
export function startCounted(command, args) {
  const [program, ...options] = VALGRIND;
  const child = spawn(program, [...options, '--instr-atstart=no', command, ...args], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const collected = collectedBy(child);
  return {
    child,
    async count() {
      const waking = setInterval(() => child.send(null), 10);
      try {
        await promisify(execFile)('callgrind_control', ['-i', 'on', String(child.pid)], { timeout: 30_000 });
      } finally {
        clearInterval(waking);
      }
    },
    /** Kills it, so that its own end is not counted, and tells how many instructions were. */
    async end() {
      const closed = once(child, 'close');
      child.kill();
      await closed;
      return collected();
    },
  };
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
