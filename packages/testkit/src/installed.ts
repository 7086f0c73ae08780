import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { filesBelow, keyOfFiles } from './content.ts';
import { acquire } from './lock.ts';
import { pack } from './pack.ts';
import { repositoryRoot } from './root.ts';

const INSTALL_MS = 480_000;

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
 * once, where several tests share the folder and one may be at work in it. It is packed once for all folders.
 */
export async function unpackLibrary(folder: string): Promise<void> {
  const target = join(folder, 'node_modules/routemeter');
  const packed = join(repositoryRoot(), '.cache/packed');
  const workspace = join(repositoryRoot(), 'packages/routemeter');
  const own = ['package.json', 'README.md', 'LICENSE'].map((name) => join(workspace, name));
  const folders = ['dist', 'schema'].map((name) => filesBelow(join(workspace, name)));
  const key = await keyOfFiles([...own, ...(await Promise.all(folders)).flat()]);
  const knows = async (path: string) => (await readFile(path, 'utf8').catch(() => '')) === key;
  await mkdir(packed, { recursive: true });
  const lock = `${packed}.lock`;
  await acquire(lock);
  try {
    if (await knows(join(target, '.packed'))) return;
    const archive = join(packed, 'library.tgz');
    if (!(await knows(join(packed, 'key')))) {
      await rm(join(packed, 'key'), { force: true });
      await rename((await pack('packages/routemeter', packed)).archive, archive);
      await writeFile(join(packed, 'key'), key);
    }
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await runCommand('tar', ['xzf', archive, '-C', target, '--strip-components=1'], {
      cwd: folder,
      timeoutMs: INSTALL_MS,
    });
    await writeFile(join(target, '.packed'), key);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
