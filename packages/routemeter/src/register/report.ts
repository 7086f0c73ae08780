import { writeSync } from 'node:fs';
import type { Hooked } from './diagnosis.ts';

const INCOMPLETE =
  'nothing is measured, since the bundle holds only a part of routemeter/register: leave it outside, or have "module" among the conditions of your bundler';

/** Who names the routes of a package that names none itself. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  router: ['express'],
  '0http': ['restana'],
  '@nestjs/core': ['express', 'fastify'],
  '@nestjs/platform-express': ['express'],
};

/** What is known of names by now. */
export interface Known {
  /** Frameworks of which a route was named. */
  readonly by: ReadonlySet<string>;
  /** Requests that ended. */
  readonly ended: number;
}

const NOTHING: Known = { by: new Set(), ended: 0 };

/** What the preload did, for its line. */
export class Report {
  private readonly frameworks = new Map<string, Set<string>>();
  private readonly libraries = new Set<string>();
  private readonly before = new Set<string>();
  private readonly refused = new Set<string>();
  /** Asked when the line is written. */
  known: () => Known = () => NOTHING;
  /** What was said to be found and not named so far. */
  private open: string[] | null = null;
  /** The part that measures cannot be loaded. */
  incomplete = false;

  /** A library whose calls are followed. */
  followed(name: string, version: string): void {
    this.libraries.add(`${name} ${version}`);
  }

  /** A framework whose routes are to be named. */
  found(name: string, version: string): void {
    const versions = this.frameworks.get(name) ?? new Set();
    this.frameworks.set(name, versions.add(version));
  }

  /** Loaded before the preload: routers that were made by then may have lost paths. */
  early(name: string, version: string): void {
    this.before.add(`${name} ${version}`);
  }

  unsupported(name: string, version: string): void {
    this.refused.add(`${name} ${version}`);
  }

  hooked(): Hooked {
    return {
      instrumented: [...this.named(true), ...this.libraries].sort(),
      found: this.named(false),
      early: [...this.before].sort(),
      unsupported: [...this.refused].sort(),
    };
  }

  /** Whether the line can be written: a framework has named a route, or none has anything to name. */
  get isSettled(): boolean {
    const { by, ended } = this.known();
    return by.size > 0 || (ended > 0 && this.frameworks.size === 0);
  }

  /**
   * Writes the line to stderr, once. What it says to be found has a line of its own when its first route is
   * named: then this is to be called again.
   */
  tell(): void {
    if (this.open === null) {
      this.open = this.named(false);
      write(this.text());
      return;
    }
    const before = new Set(this.open);
    this.open = this.named(false);
    const fresh = this.named(true).filter((one) => before.has(one) || !this.said.has(one));
    if (fresh.length === 0) return;
    for (const one of fresh) this.said.add(one);
    write(`instrumented ${fresh.join(', ')}`);
  }

  private readonly said = new Set<string>();

  /** Frameworks of which a route was named, or none was; those that nothing but their routes tells of among the first. */
  private named(isNamed: boolean): string[] {
    const { by } = this.known();
    const list = [...this.frameworks].flatMap(([name, versions]) => {
      const has = by.has(name) || (NAMED_BY[name]?.some((other) => by.has(other)) ?? false);
      return has === isNamed ? [...versions].map((version) => `${name} ${version}`) : [];
    });
    const others = isNamed ? [...by].filter((name) => !this.frameworks.has(name)) : [];
    return [...list, ...others].sort();
  }

  private text(): string {
    if (this.incomplete) return INCOMPLETE;
    const parts = [];
    const { instrumented, found, early, unsupported } = this.hooked();
    for (const one of instrumented) this.said.add(one);
    if (instrumented.length > 0) parts.push(`instrumented ${instrumented.join(', ')}`);
    if (found.length > 0) parts.push(`found ${found.join(', ')}, of which no route was named so far`);
    if (early.length > 0) {
      parts.push(`loaded too early: ${early.join(', ')} (put routemeter/register before other preloads)`);
    }
    if (unsupported.length > 0) parts.push(`unsupported: ${unsupported.join(', ')}`);
    if (parts.length === 0) parts.push('no framework found, routes are guessed from URLs');
    return parts.join('; ');
  }
}

/** Says what works where the preload does not. */
export function tellOtherRuntime(runtime: string): void {
  write(
    `the preload does nothing under ${runtime}: use the middleware of your framework, or createMeter() of routemeter`,
  );
}

function write(text: string): void {
  try {
    // Not by `process.stderr`: it raises its errors later, where nobody catches them.
    writeSync(2, `routemeter: ${text}\n`);
  } catch {
    // A closed stderr must not reach the application.
  }
}
