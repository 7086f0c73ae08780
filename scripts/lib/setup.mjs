// What a fresh clone lacks: installed packages and built ones.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT, run } from './process.mjs';

/** The workspaces that the demo runs, and those whose packages build them; all others are for tests. */
const DEMO = ['examples/home', 'packages/live', 'packages/routemeter'];
const RUN = ['routemeter/dist/index.mjs', 'live/dist/cli.mjs', 'live/dist/page/index.html'];
const BUILT = [...RUN, 'routemeter/dist/index.d.mts', 'live/dist/index.d.mts'];
const SOURCES = ['routemeter', 'live'].flatMap((name) =>
  ['src', 'package.json', 'tsdown.config.ts'].map((source) => join(ROOT, 'packages', name, source)),
);

/** Installs and builds what is missing; ends the process where that fails. */
export async function prepare() {
  await orEnd(async () => {
    await install();
    if (!isStale(BUILT)) return;
    console.log('Building (npm run build) ...');
    await build();
  });
}

/** The same for what the demo runs, and no more. */
export async function prepareDemo() {
  await orEnd(async () => {
    if (!isInstalled('routemeter-example-home')) {
      console.log('Installing what the demo runs (npm ci, its workspaces alone) ...');
      // The library's optional peers are frameworks that only its tests drive.
      const few = ['--legacy-peer-deps', ...DEMO.flatMap((folder) => ['--workspace', folder])];
      await run('npm', ['ci', '--loglevel=error', ...few]);
    }
    if (!isStale(RUN)) return;
    console.log('Building the library, the live server and its page ...');
    // Types are most of the time of a build, and nothing that runs reads them.
    const at = (name, ...command) =>
      quietly('npx', ['--no-install', ...command], { cwd: join(ROOT, 'packages', name) });
    await Promise.all([
      at('routemeter', 'tsdown', '--no-dts'),
      at('live', 'vite', 'build', 'src/page').then(() => at('live', 'tsdown', '--no-dts')),
    ]);
  });
}

async function orEnd(action) {
  try {
    await action();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

/** Runs `npm ci` where not everything is installed yet: nothing, or what the demo runs. */
export async function install() {
  if (isInstalled('routemeter-testkit')) return;
  console.log('Installing packages (npm ci) ...');
  await run('npm', ['ci']);
}

/** npm writes its own lock file last: without it an installation was cut off. */
function isInstalled(workspace) {
  return ['.package-lock.json', workspace].every((name) => existsSync(join(ROOT, 'node_modules', name)));
}

/** One of the files of a build is missing, or older than its sources. */
function isStale(files) {
  const built = files.map((file) => join(ROOT, 'packages', file));
  return !built.every(existsSync) || newest(SOURCES) > Math.min(...built.map(modified));
}

/** Builds both packages as they are published. */
export function build() {
  return quietly('npm', ['run', '--silent', 'build']);
}

/** Runs a command; what it says is shown only where it fails. */
async function quietly(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${out}${err}\n${command} ${args.join(' ')} ended with ${code}`);
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
