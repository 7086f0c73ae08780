import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Hook } from 'require-in-the-middle';
import { aliasesOf } from './aliases.ts';
import type { Report } from './report.ts';

/** A module by which the preload gets hold of a framework. */
export interface Hookable {
  /** The package's name on npm. */
  package: string;
  /** The file in it, without its extension; empty for its main file. */
  file: string;
  majors: readonly number[];
}

/**
 * What is hooked. How each is followed stands in `follow.ts`, which is not loaded before one of them
 * is: the preload runs in npm, in compilers and in every child process, too.
 */
export const HOOKABLE: readonly Hookable[] = [
  { package: 'express', file: 'lib/express', majors: [4, 5] },
  // Express 5 takes its router from here; applications can use it by itself, too.
  { package: 'router', file: '', majors: [2] },
  { package: '@hapi/hapi', file: 'lib/request', majors: [21] },
];

/** Follows the framework that a module's exports give access to. */
export type Follow = (name: string, exports: unknown) => void;

/**
 * Gets hold of each framework when it is first loaded. Applications that are ES modules are reached
 * the same way, since what they import is CommonJS and requires its own files.
 */
export function hookModules(follow: Follow, report: Report): void {
  const wanted = new Map<string, Hookable>();
  for (const hookable of HOOKABLE) {
    for (const name of [hookable.package, ...aliasesOf(hookable.package, process.argv[1])]) {
      wanted.set(hookable.file === '' ? name : `${name}/${hookable.file}`, hookable);
    }
  }
  noteLoaded(wanted, report);
  new Hook([...wanted.keys()], (exports, name, folder) => {
    const hookable = wanted.get(name.replaceAll('\\', '/'));
    if (hookable !== undefined) install(hookable, exports, folder, follow, report);
    return exports;
  });
}

/** Another preload may have loaded a framework before us. */
function noteLoaded(wanted: ReadonlyMap<string, Hookable>, report: Report): void {
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  for (const [module, hookable] of wanted) {
    const file = loaded.find((path) => path.replaceAll('\\', '/').includes(`/node_modules/${module}`));
    if (file !== undefined) report.early(hookable.package);
  }
}

function install(
  hookable: Hookable,
  exports: unknown,
  folder: string | undefined,
  follow: Follow,
  report: Report,
): void {
  const version = versionOf(folder);
  try {
    if (!hookable.majors.includes(Number.parseInt(version, 10))) {
      report.unsupported(hookable.package, version);
      return;
    }
    follow(hookable.package, exports);
    report.instrumented(hookable.package, version);
  } catch {
    report.unsupported(hookable.package, version);
  }
}

function versionOf(folder: string | undefined): string {
  try {
    const manifest = JSON.parse(readFileSync(join(folder ?? '', 'package.json'), 'utf8')) as {
      version?: unknown;
    };
    return String(manifest.version);
  } catch {
    return 'unknown';
  }
}
