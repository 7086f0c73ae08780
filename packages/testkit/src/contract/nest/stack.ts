import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installedFolder } from '../../installed.ts';
import { repositoryRoot } from '../../root.ts';
import type { Library } from '../library.ts';

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
const ELEVEN = {
  '@nestjs/common': '11.2.10',
  '@nestjs/core': '11.2.10',
  '@nestjs/platform-express': '11.2.10',
  '@nestjs/platform-fastify': '11.2.8',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
};

/** Finds or installs a major of NestJS. */
export async function nestStack(major: 11 | 12): Promise<NestStack> {
  const root = repositoryRoot();
  const folder =
    major === 12
      ? join(root, 'packages/testkit')
      : await installedFolder('nest/11', { private: true, dependencies: ELEVEN });
  const base = major === 12 ? root : folder;
  const manifest = await readFile(join(base, 'node_modules/@nestjs/core/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  if (!version.startsWith(`${major}.`)) throw new Error(`@nestjs/core: ${version} instead of ${major}`);
  return { major, version, folder };
}

/** Puts a build of the library where it finds the stack's NestJS, and returns the build's module for it. */
export async function libraryBeside(stack: NestStack, library: Library, name: string): Promise<string> {
  if (stack.major === 12) return library.esm('nest');
  const target = join(stack.folder, name);
  await rm(target, { recursive: true, force: true });
  await cp(join(library.esm('nest'), '..'), target, { recursive: true });
  return join(target, 'nest.mjs');
}
