import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { acquire } from './lock.ts';
import { pack } from './pack.ts';
import { repositoryRoot } from './root.ts';

const INSTALL_MS = 240_000;

/**
 * A folder in `.cache` in which what `manifest` names is installed, once: for packages that cannot
 * stand in the repository's own manifest, or must stand apart from it.
 *
 * @param flags of npm, beside the usual ones.
 */
export async function installedFolder(
  name: string,
  manifest: object,
  flags: readonly string[] = [],
): Promise<string> {
  const folder = join(repositoryRoot(), '.cache', name);
  await mkdir(folder, { recursive: true });
  const lock = `${folder}.lock`;
  await acquire(lock);
  try {
    const text = JSON.stringify(manifest);
    const path = join(folder, 'package.json');
    const isKnown = existsSync(path) && (await readFile(path, 'utf8')) === text;
    // npm writes this last: without it an installation was cut off.
    if (isKnown && existsSync(join(folder, 'node_modules/.package-lock.json'))) return folder;
    await writeFile(path, text);
    const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    await runCommand('npm', ['install', ...quiet, ...flags], { cwd: folder, timeoutMs: INSTALL_MS });
    return folder;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/**
 * Unpacks what npm would publish of the library, as it was built last, into a folder's `node_modules`:
 * once, where several tests share the folder and one may be at work in it.
 */
export async function unpackLibrary(folder: string): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'routemeter-pack-'));
  const target = join(folder, 'node_modules/routemeter');
  const lock = `${target}.lock`;
  await acquire(lock);
  try {
    const { archive } = await pack('packages/routemeter', temporary);
    const digest = createHash('sha256')
      .update(await readFile(archive))
      .digest('hex');
    const known = join(target, '.packed');
    if (existsSync(known) && (await readFile(known, 'utf8')) === digest) return;
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await runCommand('tar', ['xzf', archive, '-C', target, '--strip-components=1'], {
      cwd: folder,
      timeoutMs: INSTALL_MS,
    });
    await writeFile(known, digest);
  } finally {
    await rm(lock, { recursive: true, force: true });
    await rm(temporary, { recursive: true, force: true });
  }
}
