import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Where a command runs, and how long it may take. */
export interface CommandOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs: number;
}

/** Of what a command printed, as much as an error tells. */
const TAIL = 2000;

/**
 * Runs a command and resolves when it has ended with 0; else rejects with the end of what it printed.
 * After `timeoutMs` all that it started is ended too: a tool whose own children live on holds its
 * pipes open, and `execFile` with a `timeout` waits for those for ever.
 *
 * @example
 * await runCommand('npm', ['install'], { cwd: folder, timeoutMs: 240_000 });
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, env = process.env, timeoutMs }: CommandOptions,
): Promise<void> {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-TAIL);
    });
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup(child.pid);
  }, timeoutMs);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code === 0 && !isLate) return;
    const how = isLate ? `did not end within ${timeoutMs} ms` : `ended with ${code ?? signal}`;
    throw new Error(`${[program, ...args].join(' ')} ${how}:\n${printed}`);
  } finally {
    clearTimeout(timer);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
