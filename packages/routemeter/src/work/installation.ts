import { sharedInRealm } from '../attribution/index.ts';
import { foundIn } from '../calls/source.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import { defaultMeter, type Meter } from '../meter/index.ts';
import { UnitHooks, type UnitSource } from './source.ts';
import { UNIT_SOURCES } from './sources/index.ts';
import type { UnitPlaceName } from './sources/places.ts';
import { Units } from './units.ts';

/** Installs sources of units of work, each at most once for each module. One per realm. */
export class UnitInstallation {
  private readonly units = new Units(() => this.given ?? defaultMeter());
  private given: Meter | null = null;
  private hooks: UnitHooks[] = [];

  /** From here on units are recorded by this meter, and no more by the process's own. */
  recordBy(meter: Meter): void {
    this.given = meter;
  }

  /**
   * Installs the source of a module.
   *
   * @param name of the source in `places.ts`; without it all are asked.
   * @param put takes what is to stand in place of the module's exports, where that is possible.
   * @returns the package, or null where none knows the module.
   */
  add(module: unknown, name?: string, put?: (exports: unknown) => void): string | null {
    const source = name === undefined ? undefined : UNIT_SOURCES[name as UnitPlaceName];
    if (put !== undefined && source?.inPlaceOf !== undefined) {
      const made = source.inPlaceOf(this.hooksOf(source), module);
      if (made !== null) put(made);
    }
    const all = foundIn(module, UNIT_SOURCES, name);
    for (const { source, parts } of all) this.install(source, parts);
    return all.at(-1)?.source.package ?? null;
  }

  /** Whether a source knows the module. */
  knows(module: unknown): boolean {
    return foundIn(module, UNIT_SOURCES).length > 0;
  }

  /** Takes off everything, for tests. */
  remove(): void {
    for (const hooks of this.hooks.splice(0).reverse()) hooks.remove();
    this.given = null;
  }

  private install(source: UnitSource, parts: unknown): void {
    const hooks = this.hooksOf(source);
    try {
      source.install(hooks, parts);
    } catch (error) {
      const { package: name } = source;
      const text = `the units of work of ${name} cannot be followed: ${textOf(error)}`;
      warnOnce('RM_INTERNAL', `units ${name}`, text);
    }
  }

  private hooksOf(source: UnitSource): UnitHooks {
    const hooks = new UnitHooks(this.units, source.package);
    this.hooks.push(hooks);
    return hooks;
  }
}

/** The installation, made by the first copy of the library that asks. */
export function unitInstallation(): UnitInstallation {
  return sharedInRealm('unitSources', () => new UnitInstallation());
}
