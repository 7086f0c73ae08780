import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect } from 'vitest';
import { until } from '../helpers.ts';
import { CLI } from './built.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  // Each leads a group of its own: what a launcher left behind when it was ended goes with it.
  for (const { pid } of children.splice(0)) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody of it is left.
    }
  }
});

/** Starts a program until the end of the test. */
export function startProgram(
  [file, ...args]: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
) {
  const child = spawn(file!, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  children.push(child);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out.stderr += chunk;
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  /** Everything was read: what held its output is gone, too. */
  const closed = once(child, 'close').then(([code]) => code as number);
  return { child, out, ended, closed };
}

/** Starts the command. */
export function start(args: readonly string[], env: Record<string, string> = {}, cwd?: string) {
  const program = startProgram([process.execPath, CLI, '--no-open', ...args], {
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const { child, out } = program;
  return {
    ...program,
    async addresses(stream: 'stdout' | 'stderr'): Promise<{ url: string; port: number }> {
      await until(() => {
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${out.stderr}`);
        return out[stream].split('\n').length > 2;
      });
      const url = /http:\/\/[^\s]+/.exec(out[stream])![0];
      const udp = /udp:\/\/[^\s]+/.exec(out[stream])![0];
      expect(out[stream].split('\n')[0]).toContain(url);
      expect(out[stream].split('\n')[0]).toContain(udp);
      expect(out[stream].trim().split('\n').length).toBeLessThanOrEqual(4);
      return { url, port: Number(new URL(udp.replace('udp:', 'http:')).port) };
    },
  };
}
