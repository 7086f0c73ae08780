import { writeSync } from 'node:fs';

const INCOMPLETE =
  'nothing is measured, since the bundle holds only a part of routemeter/register: leave it outside, or have "module" among the conditions of your bundler';

/** What the preload met, for its line. */
export class Report {
  /** Versions of the frameworks whose routes are to be named. */
  readonly frameworks = new Map<string, Set<string>>();
  /** Libraries whose calls, or whose jobs and messages, are followed. */
  readonly libraries = new Set<string>();
  /** Loaded before the preload: routers that were made by then may have lost paths. */
  readonly before = new Set<string>();
  readonly refused = new Set<string>();

  found(name: string, version: string): void {
    const versions = this.frameworks.get(name) ?? new Set();
    this.frameworks.set(name, versions.add(version));
  }
}

/** Says that the part that measures cannot be loaded. */
export function tellIncomplete(): void {
  write(INCOMPLETE);
}

/** Says what works where the preload does not. */
export function tellOtherRuntime(runtime: string): void {
  write(
    `the preload does nothing under ${runtime}: use the middleware of your framework, or createMeter() of routemeter`,
  );
}

export function write(text: string): void {
  try {
    // Not by `process.stderr`: it raises its errors later, where nobody catches them.
    writeSync(2, `routemeter: ${text}\n`);
  } catch {
    // A closed stderr must not reach the application.
  }
}
