import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program under test. */
export interface Child {
  /** The port it printed; 0 where it ended without. */
  port: number;
  stdout(): string;
  stderr(): string;
  /** Ends it, unless it ended by itself, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts a program that prints `port <number>` and resolves when it did, or ended. */
export async function startChild(
  node: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd?: string,
): Promise<Child> {
  const child: ChildProcess = spawn(node, args, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout!.setEncoding('utf8');
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const port = await new Promise<number>((resolve) => {
    child.stdout!.on('data', (text: string) => {
      stdout += text;
      const found = /^port (\d+)\n/m.exec(stdout);
      if (found !== null) resolve(Number(found[1]));
    });
    void ended.then(() => resolve(0));
  });
  return {
    port,
    stdout: () => stdout,
    stderr: () => stderr,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      return ended;
    },
  };
}
