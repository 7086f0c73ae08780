import { Replacements } from '../calls/replacements.ts';
import type { Units } from './units.ts';

/** On a method that replaced another to see units of work: for every copy of the library. */
const REPLACED: unique symbol = Symbol.for('routemeter.v1.unit') as never;

/** What a source of units has in hand to hook in. */
export class UnitHooks extends Replacements {
  readonly units: Units;

  /** @param source its package, for warnings. */
  constructor(units: Units, source: string) {
    super(REPLACED, `units ${source}`, source);
    this.units = units;
  }
}

/**
 * How the units of work of one library are seen; where the preload finds it stands in `places.ts`. Its comment
 * says what is a unit, what begins and ends it, its name, and what sets its outcome.
 */
export interface UnitSource<P = unknown> {
  /** The package's name on npm. */
  readonly package: string;
  /**
   * Picks what is hooked out of a module: of the file that `places.ts` names, and of what applications
   * import of the package. Null for a module that is not this library's.
   */
  find(exports: Readonly<Record<string, unknown>>): P | null;
  /** Hooks in; called once for each module. */
  install(hooks: UnitHooks, parts: P): void;
  /**
   * What stands in place of what a CommonJS module exports, where that is a function which nothing can be hooked in:
   * the preload alone can put it there. Null for another module.
   */
  inPlaceOf?(hooks: UnitHooks, exports: unknown): unknown;
}
