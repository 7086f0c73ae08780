// Rivals are installed on demand, each in a folder of its own: none of them is a dependency of the workspace.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { testkit } from './bundled.mjs';

const run = promisify(execFile);
const MANIFESTS = resolve(import.meta.dirname, '../rivals');
const CACHE = resolve(import.meta.dirname, '../../.cache/rivals');
const INSTALL_MS = 240_000;
/** Peers are the app's own (Fastify, Hono); install scripts of agents are not run. */
const OPTIONS = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

const found = new Map();

/** The folder in which a rival is installed, or why it is not: `{ folder }` or `{ missing }`. */
export function rival(name) {
  if (!found.has(name)) found.set(name, installed(name));
  return found.get(name);
}

async function installed(name) {
  const folder = join(CACHE, name);
  try {
    await install(join(MANIFESTS, name), folder);
    return { folder };
  } catch (error) {
    const lines = `${error.stderr || error.message}`.trim().split('\n');
    return { missing: lines.slice(0, 3).join(' ') };
  }
}

async function install(from, folder) {
  const files = ['package.json', 'package-lock.json'];
  const wanted = (await Promise.all(files.map((file) => readFile(join(from, file), 'utf8')))).join('');
  const done = join(folder, 'installed');
  const isDone = async () => (await readFile(done, 'utf8').catch(() => '')) === wanted;
  if (await isDone()) return;
  const { acquire } = await testkit('lock');
  await mkdir(folder, { recursive: true });
  const lock = `${folder}.lock`;
  await acquire(lock);
  try {
    if (await isDone()) return;
    for (const file of files) await copyFile(join(from, file), join(folder, file));
    await run('npm', ['ci', ...OPTIONS], { cwd: folder, timeout: INSTALL_MS });
    await writeFile(done, wanted);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
