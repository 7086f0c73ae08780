import { readFileSync } from 'node:fs';

/** A module by which the preload gets hold of a framework. */
export interface Hookable {
  /** The package's name on npm. */
  package: string;
  /** The end of the path of a file in it; what stands before is the package's folder. */
  file: RegExp;
  majors: readonly number[];
}

/**
 * What is hooked. How each is followed stands in `follow.ts`, which is not loaded before one of them
 * is: the preload runs in npm, in compilers and in every child process, too.
 */
export const HOOKABLE: readonly Hookable[] = [
  { package: 'express', file: /\/lib\/express\.js$/, majors: [4, 5] },
  // Express 5 takes its router from here; applications can use it by itself, too.
  { package: 'router', file: /(?<=\/[^/]*router[^/]*)\/index\.js$/, majors: [2] },
  { package: '@hapi/hapi', file: /\/lib\/request\.js$/, majors: [21] },
];

/** A package as it is installed, under whatever folder's name. */
export interface Found {
  hookable: Hookable;
  version: string;
  supported: boolean;
}

/** The framework that a file gives access to, if it is one. */
export function find(file: string): Found | null {
  for (const hookable of HOOKABLE) {
    if (!hookable.file.test(file)) continue;
    const manifest = manifestIn(file.replace(hookable.file, ''));
    if (manifest?.name !== hookable.package) continue;
    const version = String(manifest.version);
    return { hookable, version, supported: hookable.majors.includes(Number.parseInt(version, 10)) };
  }
  return null;
}

function manifestIn(folder: string): { name?: unknown; version?: unknown } | null {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { name?: unknown };
  } catch {
    return null;
  }
}
