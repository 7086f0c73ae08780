import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { acquire } from '../../lock.ts';
import { repositoryRoot } from '../../root.ts';
import type { Library } from '../library.ts';

const run = promisify(execFile);

/** A NestJS that is installed, with the library beside it as an application would have it. */
export interface NestStack {
  major: 11 | 12;
  version: string;
  /** A folder from which it is found. */
  folder: string;
}

/**
 * npm cannot have two majors of packages that are each other's peers side by side under aliases:
 * 12 stands in the repository's manifest, 11 is installed once into `.cache`.
 */
const VERSIONS = {
  11: {
    '@nestjs/common': '11.2.10',
    '@nestjs/core': '11.2.10',
    '@nestjs/platform-express': '11.2.10',
    '@nestjs/platform-fastify': '11.2.8',
    'reflect-metadata': '0.2.2',
    rxjs: '7.8.2',
  },
} as const;

/** Finds or installs a major of NestJS. */
export async function nestStack(major: 11 | 12): Promise<NestStack> {
  const root = repositoryRoot();
  const folder = major === 12 ? join(root, 'packages/testkit') : join(root, '.cache/nest', String(major));
  if (major === 11) await install(folder);
  const base = major === 12 ? root : folder;
  const manifest = await readFile(join(base, 'node_modules/@nestjs/core/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  if (!version.startsWith(`${major}.`)) throw new Error(`@nestjs/core: ${version} instead of ${major}`);
  return { major, version, folder };
}

async function install(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lock = `${folder}.lock`;
  await acquire(lock);
  try {
    const manifest = JSON.stringify({ private: true, dependencies: VERSIONS[11] });
    const path = join(folder, 'package.json');
    const known = existsSync(path) && (await readFile(path, 'utf8')) === manifest;
    if (known && existsSync(join(folder, 'node_modules'))) return;
    await writeFile(path, manifest);
    const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    await run('npm', ['install', ...quiet], { cwd: folder, timeout: 240_000 });
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** Puts a build of the library where it finds the stack's NestJS, and returns the build's module for it. */
export async function libraryBeside(stack: NestStack, library: Library, name: string): Promise<string> {
  if (stack.major === 12) return library.esm('nest');
  const target = join(stack.folder, name);
  await cp(join(library.esm('nest'), '..'), target, { recursive: true, force: true });
  return join(target, 'nest.mjs');
}
