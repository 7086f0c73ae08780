import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Whether the server can have a core of its own, beside the one of the load. */
export const PINNED = availableParallelism() >= 2 && has('taskset');

function has(program) {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Keeps this process on the second core. */
export function moveLoadAway() {
  if (PINNED) execFileSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)], { stdio: 'ignore' });
}

/** Starts a program on the first core. */
export function spawnPinned(command, args, options) {
  return PINNED ? spawn('taskset', ['-c', '0', command, ...args], options) : spawn(command, args, options);
}
