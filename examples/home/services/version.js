import { execFileSync } from 'node:child_process';

/** Asks another program each time, and holds the event loop until it has answered. */
export function readVersion() {
  return execFileSync(process.execPath, ['--version'], { encoding: 'utf8', env: {} }).trim();
}
