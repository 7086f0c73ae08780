import { shared } from '../attribution/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import type { Meter } from '../meter/index.ts';
import { type Calls, calls } from './calls.ts';
import { Hooks } from './hooks.ts';
import { takeLibraries } from './loaded.ts';
import { foundIn, type ModuleSource } from './source.ts';
import { BUILTINS, MODULES } from './sources/index.ts';

interface Found {
  source: ModuleSource;
  parts: unknown;
}

/**
 * Installs sources, each at most once for each module. Nothing is subscribed to and nothing replaced before a
 * meter sends calls. One per process.
 */
export class Installation {
  private readonly calls: Calls;
  private builtins: Hooks[] = [];
  /** Modules that came before a meter sent calls. */
  private waiting: Found[] = [];
  private hooks: Hooks[] = [];

  constructor(calls: Calls) {
    this.calls = calls;
  }

  /** Follows calls for a meter, if it sends any. */
  follow(meter: Meter): void {
    if (!this.calls.follow(meter)) return;
    meter.core.whenClosed.push(() => this.left());
    this.begin();
  }

  /**
   * Installs the source of a module.
   *
   * @param name of the source in `places.ts`; without it all are asked.
   * @returns the package, or null where none knows the module.
   */
  add(module: unknown, name?: string): string | null {
    const all = foundIn<ModuleSource>(module, MODULES, name);
    if (this.calls.active) for (const found of all) this.install(found);
    else this.waiting.push(...all);
    return all.at(-1)?.source.package ?? null;
  }

  /** Takes off everything, for tests. */
  remove(): void {
    for (const hooks of [...this.builtins, ...this.hooks].reverse()) hooks.remove();
    this.builtins = [];
    this.hooks = [];
    this.waiting = [];
  }

  private begin(): void {
    if (this.builtins.length === 0) {
      for (const source of BUILTINS) {
        const hooks = new Hooks(this.calls, source.package);
        this.builtins.push(hooks);
        attempt(source.package, () => source.install(hooks));
      }
    }
    for (const found of this.waiting.splice(0)) this.install(found);
    takeLibraries((module, name) => this.add(module, name));
  }

  /** The last meter that sends calls was closed: channels are let go; what was replaced does nothing any more. */
  private left(): void {
    if (this.calls.active) return;
    for (const hooks of this.builtins.splice(0).reverse()) hooks.remove();
  }

  private install({ source, parts }: Found): void {
    const hooks = new Hooks(this.calls, source.package);
    this.hooks.push(hooks);
    attempt(source.package, () => source.install(hooks, parts));
  }
}

function attempt(name: string, install: () => void): void {
  try {
    install();
  } catch (error) {
    warnOnce('RM_INTERNAL', `calls ${name}`, `the calls of ${name} cannot be followed: ${textOf(error)}`);
  }
}

let own: Installation | undefined;

/** The process's installation, made by the first copy of the library that asks. */
export function installation(): Installation {
  own ??= shared('callSources', () => new Installation(calls()));
  return own;
}
