/**
 * Loads what may or may not be installed, while the application runs, so that a bundler finds nothing
 * to follow or to complain about: no `import.meta`, which is empty in CommonJS output, no `__filename`,
 * which ES modules do not have, no import by the name `createRequire`, which webpack looks into, and none by
 * it, `dirname` or `fileURLToPath`, which the banner of many a bundle declares itself.
 */

// By an import: Jest gives each test file a module system of its own here.
import nodeModule from 'node:module';
import nodePath from 'node:path';
import nodeUrl from 'node:url';

/** The file that this code stands in: of the library, or the bundle that it became part of. */
const HERE = callingFile();

/**
 * The places from which the application's packages are found, the nearest to it last: this library's
 * own, the program's and the working folder's.
 */
export function basesOfLookup(): string[] {
  const program = process.argv[1];
  const bases = HERE === undefined ? [] : [HERE];
  if (program !== undefined && isAbsolute(program)) bases.push(program);
  try {
    bases.push(`${process.cwd()}/package.json`);
  } catch {
    // The folder is gone.
  }
  return bases;
}

/** `require`, as it works in a file. */
export function requireFrom(base: string): NodeJS.Require {
  return nodeModule.createRequire(base);
}

/** The path of a file of this library that stands beside this one; null in a bundle of an unknown place. */
export function fileBeside(file: string): string | null {
  if (HERE === undefined) return null;
  const here = HERE.startsWith('file:') ? nodeUrl.fileURLToPath(HERE) : HERE;
  return nodePath.join(nodePath.dirname(here), file);
}

/** What a CommonJS file of this library exports that stands beside this one; null where it does not, as in a bundle. */
export function requireBeside(file: string): unknown {
  if (HERE === undefined) return null;
  const require = requireFrom(HERE);
  try {
    return require(require.resolve(`./${file}`));
  } catch (error) {
    if ((error as { code?: unknown }).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** The folder that this library's files stand in, with a separator at its end; null in a bundle. */
export function ownFolder(): string | null {
  if (HERE === undefined) return null;
  try {
    const beside = requireFrom(HERE).resolve('./routemeter-calls.cjs');
    return beside.slice(0, -'routemeter-calls.cjs'.length);
  } catch {
    return null;
  }
}

/** The CommonJS modules that are loaded by now, by their files. */
export function loadedModules(): Record<string, NodeJS.Module | undefined> {
  // A `require` of any file has the cache of all.
  return requireFrom('/any').cache;
}

/** An absolute path or a `file:` URL: all that `createRequire` takes. */
function isAbsolute(file: string): boolean {
  return file.startsWith('file:') || nodePath.isAbsolute(file);
}

/** Read from the stack, as modules of both kinds and bundles of any kind have it. */
function callingFile(): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, sites) => sites[0]?.getFileName();
    const file = new Error().stack as unknown;
    return typeof file === 'string' && isAbsolute(file) ? file : undefined;
  } catch {
    // Intrinsics can be frozen, and engines without call sites exist.
    return undefined;
  } finally {
    restore(prepareStackTrace, stackTraceLimit);
  }
}

function restore(prepareStackTrace: ErrorConstructor['prepareStackTrace'], stackTraceLimit: number): void {
  try {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = prepareStackTrace;
  } catch {
    // Frozen: nothing was changed either.
  }
}
