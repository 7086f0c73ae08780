import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A package that the project can load. */
export interface Installed {
  /** The name it is installed under; differs from `name` for an alias. */
  as: string;
  name: string;
  version: string;
}

interface Manifest {
  name?: string;
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The packages of `names` that a program in `folder` can load, and aliases of them in its manifest. */
export function installed(folder: string, names: readonly string[]): Installed[] {
  const found: Installed[] = [];
  for (const as of new Set([...names, ...aliases(folder, names)])) {
    const manifest = lookUp(folder, join('node_modules', as, 'package.json'));
    if (manifest?.name === undefined || !names.includes(manifest.name)) continue;
    found.push({ as, name: manifest.name, version: manifest.version ?? 'unknown' });
  }
  return found;
}

function aliases(folder: string, names: readonly string[]): string[] {
  const { dependencies, devDependencies, optionalDependencies } = lookUp(folder, 'package.json') ?? {};
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  return all
    .filter(([, range]) => names.some((name) => range.startsWith(`npm:${name}@`)))
    .map(([alias]) => alias);
}

/** The nearest such file from `folder` upwards. */
function lookUp(folder: string, file: string): Manifest | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    try {
      return JSON.parse(readFileSync(join(at, file), 'utf8')) as Manifest;
    } catch {
      if (at === dirname(at)) return null;
    }
  }
}
