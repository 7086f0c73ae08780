import type { CallKind } from '../config/index.ts';
import type { Hooks } from './hooks.ts';

/**
 * How the calls of one library are seen. Its comment says what begins a call, what ends it, in which
 * context its owner is read, and what is not counted.
 */
interface Follower {
  /** The package's name on npm, `node:...` for a part of Node. */
  readonly package: string;
  /** The kind of its calls. */
  readonly kind: CallKind;
}

/** What Node tells of itself, or what libraries publish under names that are known beforehand. */
export interface BuiltinSource extends Follower {
  install(hooks: Hooks): void;
}

/** A library that is followed by its module; where the preload finds that stands in `places.ts`. */
export interface ModuleSource<P = unknown> extends Follower {
  /**
   * Picks what is hooked out of a module: of the file that `places.ts` names, and of what applications
   * import of the package. Null for a module that is not this library's.
   */
  find(exports: Readonly<Record<string, unknown>>): P | null;
  /** Hooks in; called once for each module. */
  install(hooks: Hooks, parts: P): void;
}

interface Finder {
  find(exports: Readonly<Record<string, unknown>>): unknown;
}

/** What the sources of a table find in a module; where a name is given, that of this name alone. */
export function foundIn<S extends Finder>(
  module: unknown,
  sources: Readonly<Record<string, S>>,
  name?: string,
): { source: S; parts: unknown }[] {
  const exports = exportsOf(module);
  return Object.entries(sources)
    .filter(([key]) => name === undefined || key === name)
    .map(([, source]) => ({ source, parts: source.find(exports) }))
    .filter(({ parts }) => parts !== null);
}

/** The names that a module exports, whichever way it was imported. */
function exportsOf(module: unknown): Readonly<Record<string, unknown>> {
  if ((typeof module !== 'object' && typeof module !== 'function') || module === null) return {};
  const names = module as Record<string, unknown>;
  // What was required is a class: it is its own default.
  return typeof module === 'function' && names.default === undefined
    ? Object.assign(Object.create(module), { default: module })
    : names;
}
