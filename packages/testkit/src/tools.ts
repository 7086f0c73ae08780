import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { acquire } from './lock.ts';
import { repositoryRoot } from './root.ts';

/**
 * Installs packages once into `.cache/<name>`, beside the project's own dependencies: tools that an
 * application may run beside Routemeter, too large for everybody's installation. Returns the folder.
 */
export async function installedTools(name: string, dependencies: Record<string, string>): Promise<string> {
  const folder = join(repositoryRoot(), '.cache', name);
  const manifest = `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`;
  const done = join(folder, 'installed.json');
  const isDone = async () => (await readFile(done, 'utf8').catch(() => '')) === manifest;
  if (await isDone()) return folder;
  await mkdir(folder, { recursive: true });
  const lock = `${folder}.lock`;
  await acquire(lock);
  try {
    if (await isDone()) return folder;
    await writeFile(join(folder, 'package.json'), manifest);
    const options = ['--no-audit', '--no-fund', '--no-package-lock'];
    await runCommand('npm', ['install', ...options], { cwd: folder, timeoutMs: 480_000 });
    await writeFile(done, manifest);
    return folder;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
