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

/** Runs a command and tells its exit code, and what it printed. */
export async function said(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code: code ?? `signal ${signal}`, output };
}

/** Resolves with the first match of `pattern` in what `stream` says; rejects when it ends without one. */
export function find(stream, pattern) {
  let text = '';
  stream.setEncoding('utf8');
  return new Promise((found, missing) => {
    const read = (chunk) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match === null) return;
      stream.off('data', read);
      found(match);
    };
    stream.on('data', read);
    stream.once('end', () => missing(new Error(`ended without ${pattern}`)));
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
