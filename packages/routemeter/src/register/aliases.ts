import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folders above the program to look for its manifest in. */
const DEEPEST = 12;

/**
 * Names under which the program's manifest has a package by an alias
 * (`"express4": "npm:express@4"`): a module hook sees the folder's name only.
 */
export function aliasesOf(name: string, program: string | undefined): string[] {
  const manifest = program === undefined ? null : nearestManifest(dirname(program));
  if (manifest === null) return [];
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  return Object.keys(all).filter((alias) => String(all[alias]).startsWith(`npm:${name}@`));
}

type Dependencies = Record<string, unknown>;
interface Manifest {
  dependencies?: Dependencies;
  devDependencies?: Dependencies;
  optionalDependencies?: Dependencies;
}

function nearestManifest(start: string): Manifest | null {
  let folder = start;
  for (let level = 0; level < DEEPEST; level++) {
    try {
      return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return null;
    }
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
  return null;
}
