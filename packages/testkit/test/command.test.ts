import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runCommand } from '../src/command.ts';

const run = (script: string, timeoutMs = 60_000) =>
  runCommand(process.execPath, ['-e', script], { cwd: tmpdir(), timeoutMs });

test('a command that ends with 0 resolves', async () => {
  await expect(run('')).resolves.toBeUndefined();
});

test('a command that fails tells its code and the end of what it printed', async () => {
  await expect(run('console.error("no such thing"); process.exitCode = 3')).rejects.toThrow(
    /ended with 3:\nno such thing/,
  );
});

test('what is late is ended with all that it started, which would hold its pipes open', async () => {
  const child = 'require("node:child_process").spawn("sleep", ["600"], { stdio: "inherit" })';
  // It rejects when the pipes are closed, thus not before the child of the child is gone.
  await expect(run(`${child}; setInterval(() => {}, 1000)`, 1000)).rejects.toThrow(
    /did not end within 1000 ms/,
  );
});
