import nodeModule from 'node:module';
import * as nodeUrl from 'node:url';

/** The hook that Node calls with what it is to load; only its synchronous kind is used. */
type Load = (url: string, context: unknown, next: (url: string, context: unknown) => Loaded) => Loaded;

interface Loaded {
  format?: string | null;
  source?: unknown;
}

type RegisterHooks = (hooks: { load: Load }) => void;

/** Called by what is added to a module, with the file and its own bindings. */
const LOADED = 'routemeter.v1.loaded';

/**
 * Calls `loaded` with some bindings of each ES module whose file `wants` picks, when it was
 * evaluated, on Nodes that can do so without a thread of loaders (`isPossible`).
 *
 * @param wants the names to hand over, or null.
 * @param builtin called with the name of each part of Node that is loaded, `node:...`, from CommonJS too.
 */
export function watchEsModules(
  wants: (file: string) => readonly string[] | null,
  loaded: (file: string, bindings: unknown) => void,
  builtin: (name: string) => void,
): void {
  if (!isPossible(process.versions.node)) return;
  Object.defineProperty(globalThis, Symbol.for(LOADED), { value: loaded });
  const { registerHooks } = nodeModule as unknown as { registerHooks: RegisterHooks };
  registerHooks({
    load(url, context, next) {
      const result = next(url, context);
      if (url.startsWith('node:')) builtin(url);
      return url.startsWith('file:') && result.format === 'module' ? added(url, result, wants) : result;
    },
  });
}

function added(url: string, result: Loaded, wants: (file: string) => readonly string[] | null): Loaded {
  const file = nodeUrl.fileURLToPath(url).replaceAll('\\', '/');
  const names = wants(file);
  if (names === null || result.source === null || result.source === undefined) return result;
  const { source } = result;
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source as Uint8Array);
  // At its end, so that no line of the module moves.
  const bindings = names.map((name) => binding(name, text)).join(', ');
  const call = `globalThis[Symbol.for('${LOADED}')]?.(${JSON.stringify(file)}, { ${bindings} });`;
  return { ...result, source: `${text}\n${call}\n` };
}

/** A minified module declares another name than it exports; one that has neither must load all the same. */
function binding(name: string, text: string): string {
  const [, declared = name] =
    new RegExp(`\\bexport\\s*\\{[^}]*?([\\w$]+)\\s+as\\s+${name}\\b`).exec(text) ?? [];
  return `${name}: typeof ${declared} === 'undefined' ? undefined : ${declared}`;
}

/**
 * Whether synchronous hooks are there and leave CommonJS alone: their first versions could not load
 * it (https://github.com/nodejs/node/pull/59929).
 */
export function isPossible(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major === 22) return minor > 22 || (minor === 22 && patch >= 3);
  if (major === 24) return minor > 11 || (minor === 11 && patch >= 1);
  return major > 25 || (major === 25 && minor >= 1);
}
