import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Runs a command with our terminal; rejects where it does not end with 0. */
export async function run(command, args, options = {}) {
  const code = await status(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

/** Runs a command with our terminal and tells its exit code. */
export async function status(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  const [code, signal] = await once(child, 'close');
  return code ?? `signal ${signal}`;
}

/** Resolves with the match of the first line of `stream` that `pattern` matches; rejects when it ends without. */
export function lineOf(stream, pattern) {
  return new Promise((found, missing) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      text = (text + chunk).slice(-10_000);
      const match = pattern.exec(text);
      if (match) found(match);
    });
    stream.on('end', () => missing(new Error(`ended without ${pattern}: ${text}`)));
  });
}

const started = new Set();

/** Starts one of our processes. It does not outlive this one; Ctrl-C reaches it through this one alone. */
export function start(args, options) {
  const child = spawn(process.execPath, args, { cwd: ROOT, detached: true, ...options });
  started.add(child);
  child.once('close', () => started.delete(child));
  return child;
}

process.on('exit', () => {
  for (const child of started) child.kill();
});

/** Asks a process to end, and ends it where it has not after `ms`. */
export async function stop(child, signal = 'SIGTERM', ms = 5_000) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  await closed;
  clearTimeout(timer);
}
