import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hook } from 'require-in-the-middle';
import { aliasesOf } from './aliases.ts';
import { HOOKABLE, type Hookable } from './frameworks.ts';
import type { Report } from './report.ts';

/**
 * Gets hold of each framework when it is first loaded. Applications that are ES modules are reached
 * the same way, since what they import is CommonJS and requires its own files.
 */
export function hookModules(report: Report): void {
  const wanted = new Map<string, Hookable>();
  for (const hookable of HOOKABLE) {
    for (const name of [hookable.package, ...aliasesOf(hookable.package, process.argv[1])]) {
      wanted.set(hookable.file === '' ? name : `${name}/${hookable.file}`, hookable);
    }
  }
  new Hook([...wanted.keys()], (exports, name, folder) => {
    const hookable = wanted.get(name.replaceAll('\\', '/'));
    if (hookable !== undefined) install(hookable, exports, folder, report);
    return exports;
  });
}

function install(hookable: Hookable, exports: unknown, folder: string | undefined, report: Report): void {
  const version = versionOf(folder);
  try {
    if (!hookable.majors.includes(Number.parseInt(version, 10))) {
      report.unsupported(hookable.package, version);
      return;
    }
    hookable.hook(exports);
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
