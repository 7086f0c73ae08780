import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireFrom } from '../platform/index.ts';
import type { Budgets } from './budgets.ts';
import { literalLocate } from './literal.ts';
import { parseBudgets } from './parse.ts';
import { BudgetsError } from './problem.ts';

/** Looked for in this order where no file is given. */
export const BUDGET_FILES = [
  'routemeter.budgets.ts',
  'routemeter.budgets.json',
  'routemeter.budgets.yaml',
  'routemeter.budgets.yml',
  'routemeter.budgets.js',
  'routemeter.budgets.mjs',
] as const;

const MODULES = /^\.[cm]?[jt]s$/;

/**
 * Reads and checks a budgets file: YAML, JSON, or a module whose default export are budgets.
 *
 * TypeScript is loaded by Node itself where it can (22.18 and later), else by `jiti` if it is installed.
 *
 * @param file default: the first of {@link BUDGET_FILES} in the current folder
 * @throws BudgetsError with one line for each mistake, `file:line:column: what; remedy`.
 *
 * @example
 * const budgets = await loadBudgets('routemeter.budgets.yaml')
 */
export async function loadBudgets(file: string = findBudgets(process.cwd())): Promise<Budgets> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new BudgetsError(file, [{ at: undefined, text: `${why}; give the path of a budgets file` }]);
  }
  if (MODULES.test(extname(file))) {
    return parseBudgets(await importDefault(file), file, literalLocate(text));
  }
  // Only here: who writes budgets in code need not load a parser.
  const { readYaml } = await import('./yaml.ts');
  const read = readYaml(text, file.endsWith('.json'));
  if ('problem' in read) throw new BudgetsError(file, [read.problem]);
  return parseBudgets(read.value, file, read.locate);
}

/**
 * The first of {@link BUDGET_FILES} in a folder.
 *
 * @throws BudgetsError if there is none.
 */
export function findBudgets(folder: string): string {
  const found = BUDGET_FILES.find((name) => existsSync(join(folder, name)));
  if (found !== undefined) return found;
  throw new BudgetsError(folder, [
    {
      at: undefined,
      text: 'there is no routemeter.budgets.{ts,json,yaml} here; write one, or give its path',
    },
  ]);
}

async function importDefault(file: string): Promise<unknown> {
  const path = resolve(file);
  const fail = (text: string) => new BudgetsError(file, [{ at: undefined, text }]);
  try {
    const module = (await load(path)) as { default?: unknown };
    if (module.default === undefined)
      throw fail('it has no default export; write: export default { routes: ... }');
    return module.default;
  } catch (error) {
    if (error instanceof BudgetsError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw fail(
        'this Node cannot load TypeScript; use Node 22.18 or later, npm install --save-dev jiti, or write YAML',
      );
    }
    throw fail(`it cannot be loaded: ${(error as Error).message}; correct it`);
  }
}

async function load(path: string): Promise<unknown> {
  const native = Boolean((process.features as { typescript?: unknown }).typescript);
  if (/\.[cm]?ts$/.test(path) && !native) {
    const jiti = findJiti(path);
    if (jiti !== undefined) {
      const { createJiti } = (await import(/* webpackIgnore: true */ /* @vite-ignore */ jiti)) as {
        createJiti: (from: string) => { import(path: string): unknown };
      };
      return createJiti(path).import(path);
    }
  }
  return import(/* webpackIgnore: true */ /* @vite-ignore */ pathToFileURL(path).href);
}

/** The project's own, or the one that came with us or with routemeter-live. */
function findJiti(path: string): string | undefined {
  for (const from of [path, join(process.cwd(), 'package.json'), process.argv[1] ?? path]) {
    try {
      return pathToFileURL(requireFrom(from).resolve('jiti')).href;
    } catch {
      // Looked for in the next place.
    }
  }
  return undefined;
}
