import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
export const CLI = `${PACKAGE}dist/cli.mjs`;

/** Builds the command if it is not there, or older than its sources: real processes run what is shipped. */
export function build(): void {
  const sources = readdirSync(`${PACKAGE}src`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('page/'))
    .map((file) => `${PACKAGE}src/${file}`);
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  if (existsSync(CLI) && statSync(CLI).mtimeMs >= newest) return;
  execFileSync('npx', ['tsdown'], { cwd: PACKAGE, stdio: 'ignore' });
}
