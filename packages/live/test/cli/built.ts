import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const LOCK = fileURLToPath(new URL('../../../../.cache/live-build.lock', import.meta.url));
/** A build takes seconds, and minutes on a crowded machine; whoever held the lock for so long was ended. */
const STALE_MS = 300_000;
export const CLI = `${PACKAGE}dist/cli.mjs`;

/**
 * Builds the command if it is not there, or older than its sources: real processes run what is shipped. One
 * of the files that run at once does it, since a build begins with taking the last one away.
 */
export function build(): void {
  if (isFresh()) return;
  mkdirSync(dirname(LOCK), { recursive: true });
  while (!acquire()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  try {
    if (!isFresh()) execFileSync('npx', ['tsdown'], { cwd: PACKAGE, stdio: 'ignore' });
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function isFresh(): boolean {
  const sources = readdirSync(`${PACKAGE}src`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('page/'))
    .map((file) => `${PACKAGE}src/${file}`);
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  return (statSync(CLI, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest;
}

function acquire(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > STALE_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}
