import { writeSync } from 'node:fs';
import type { Hooked } from './diagnosis.ts';

const INCOMPLETE =
  'nothing is measured, since the bundle holds only a part of routemeter/register: leave it outside, or have "module" among the conditions of your bundler';

/** What the preload did, for its one line. */
export class Report {
  private readonly found = new Set<string>();
  private readonly before = new Set<string>();
  private readonly refused = new Set<string>();
  private told = false;
  /** The part that measures cannot be loaded. */
  incomplete = false;

  instrumented(name: string, version: string): void {
    this.found.add(`${name} ${version}`);
  }

  /** Loaded before the preload: routers that were made by then may have lost paths. */
  early(name: string, version: string): void {
    this.before.add(`${name} ${version}`);
  }

  unsupported(name: string, version: string): void {
    this.refused.add(`${name} ${version}`);
  }

  hooked(): Hooked {
    const sorted = (names: Iterable<string>) => [...names].sort();
    return {
      instrumented: sorted(this.found),
      early: sorted(this.before),
      unsupported: sorted(this.refused),
    };
  }

  /** Writes the line to stderr, once. */
  tell(): void {
    if (this.told) return;
    this.told = true;
    write(this.text());
  }

  private text(): string {
    if (this.incomplete) return INCOMPLETE;
    const parts = [];
    if (this.found.size > 0) parts.push(`instrumented ${list(this.found)}`);
    if (this.before.size > 0) {
      parts.push(`loaded too early: ${list(this.before)} (put routemeter/register before other preloads)`);
    }
    if (this.refused.size > 0) parts.push(`unsupported: ${list(this.refused)}`);
    if (parts.length === 0) parts.push('no framework found, routes are guessed from URLs');
    return parts.join('; ');
  }
}

function list(names: Iterable<string>): string {
  return [...names].sort().join(', ');
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
