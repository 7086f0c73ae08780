import { sharedInRealm } from '../attribution/index.ts';
import { exportsOf } from '../calls/source.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import { defaultMeter, type Meter } from '../meter/index.ts';
import { UnitHooks, type UnitSource } from './source.ts';
import { UNIT_SOURCES } from './sources/index.ts';
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
   * @returns the package, or null where none knows the module.
   */
  add(module: unknown, name?: string): string | null {
    const exports = exportsOf(module);
    let known: string | null = null;
    for (const [key, one] of Object.entries(UNIT_SOURCES)) {
      const source = one as UnitSource;
      if (name !== undefined && name !== key) continue;
      const parts = source.find(exports);
      if (parts === null) continue;
      known = source.package;
      this.install(source, parts);
    }
    return known;
  }

  /** Whether a source knows the module. */
  knows(module: unknown): boolean {
    const exports = exportsOf(module);
    return Object.values(UNIT_SOURCES).some((source) => source.find(exports) !== null);
  }

  /** Takes off everything, for tests. */
  remove(): void {
    for (const hooks of this.hooks.splice(0).reverse()) hooks.remove();
    this.given = null;
  }

  private install(source: UnitSource, parts: unknown): void {
    const hooks = new UnitHooks(this.units, source.package);
    this.hooks.push(hooks);
    try {
      source.install(hooks, parts);
    } catch (error) {
      const { package: name } = source;
      const text = `the units of work of ${name} cannot be followed: ${textOf(error)}`;
      warnOnce('RM_INTERNAL', `units ${name}`, text);
    }
  }
}

/** The installation, made by the first copy of the library that asks. */
export function unitInstallation(): UnitInstallation {
  return sharedInRealm('unitSources', () => new UnitInstallation());
}
