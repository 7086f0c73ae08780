import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { acquire } from '../lock.ts';
import { repositoryRoot } from '../root.ts';

const run = promisify(execFile);

/**
 * Installs Debian packages whose programs are missing, where this is Debian and we are root.
 *
 * @param programs the path of a program, and the package that has it.
 * @returns null, or why the servers cannot run here.
 * @throws Error in CI, where nothing may be left out.
 */
export async function debianPrograms(programs: Readonly<Record<string, string>>): Promise<string | null> {
  const missing = () => Object.entries(programs).filter(([path]) => !existsSync(path));
  if (missing().length === 0) return null;
  const why = await install(missing().map(([, name]) => name));
  if (why === null && missing().length === 0) return null;
  const reason = why ?? `${missing()[0]![0]} is missing after the installation`;
  if (process.env.CI) throw new Error(`CI runs everything, but ${reason}`);
  return reason;
}

async function install(packages: readonly string[]): Promise<string | null> {
  if (!existsSync('/usr/bin/apt-get')) return `${packages.join(', ')} not installed, and this is not Debian`;
  if (process.getuid?.() !== 0) return `${packages.join(', ')} not installed, and only root may install them`;
  const lock = join(repositoryRoot(), '.cache', 'apt.lock');
  await mkdir(join(repositoryRoot(), '.cache'), { recursive: true });
  await acquire(lock);
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
    await run('apt-get', options, { env, timeout: 240_000 }).catch(async () => {
      await run('apt-get', ['update', '-qq'], { env, timeout: 120_000 });
      await run('apt-get', options, { env, timeout: 240_000 });
    });
    return null;
  } catch (error) {
    return `apt-get could not install ${packages.join(', ')} (${String((error as Error).message).split('\n')[0]})`;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
