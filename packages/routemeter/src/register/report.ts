/** What the preload did, for its one line. */
export class Report {
  private readonly found = new Set<string>();
  private readonly refused = new Set<string>();
  private told = false;

  instrumented(name: string, version: string): void {
    this.found.add(`${name} ${version}`);
  }

  unsupported(name: string, version: string): void {
    this.refused.add(`${name} ${version}`);
  }

  /** Writes the line to stderr, once. */
  tell(): void {
    if (this.told) return;
    this.told = true;
    const parts = [
      this.found.size > 0
        ? `instrumented ${[...this.found].join(', ')}`
        : 'no framework found, routes are guessed from URLs',
    ];
    if (this.refused.size > 0) parts.push(`unsupported ${[...this.refused].join(', ')}`);
    try {
      process.stderr.write(`routemeter: ${parts.join('; ')}\n`);
    } catch {
      // A closed stderr must not reach the application.
    }
  }
}
