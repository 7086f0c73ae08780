// What a fresh clone lacks: installed packages and built ones.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT, run } from './process.mjs';

/** Installs and builds what is missing; ends the process where that fails. */
export async function prepare() {
  try {
    await install();
    await buildIfStale();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

/** Runs `npm ci` where nothing is installed yet. */
export async function install() {
  if (existsSync(join(ROOT, 'node_modules/.package-lock.json'))) return;
  console.log('Installing packages (npm ci) ...');
  await run('npm', ['ci']);
}

const BUILT = ['routemeter/dist/index.mjs', 'live/dist/cli.mjs', 'live/dist/page/index.html'];
const SOURCES = ['routemeter', 'live'].flatMap((name) =>
  ['src', 'package.json', 'tsdown.config.ts'].map((source) => join(ROOT, 'packages', name, source)),
);

/** Builds both packages where a build is missing or older than its sources. */
async function buildIfStale() {
  const built = BUILT.map((file) => join(ROOT, 'packages', file));
  if (built.every(existsSync) && newest(SOURCES) <= Math.min(...built.map(modified))) return;
  console.log('Building (npm run build) ...');
  await build();
}

/** Builds both packages; what the tools say is shown only where they fail. */
export async function build() {
  const child = spawn('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${out}${err}\nnpm run build ended with ${code}`);
}

function newest(paths) {
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true }).map((name) => join(path, name))
      : path,
  );
  return Math.max(...files.map(modified));
}

function modified(file) {
  return statSync(file).mtimeMs;
}
