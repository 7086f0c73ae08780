import { clearTimeout, setTimeout } from '../../platform/index.ts';

/** A peer that takes nothing must not hold a flush for longer. */
const LONGEST_MS = 1_000;

/** Those who wait until a sink has settled everything. */
export class Waiting {
  private readonly callers: Array<() => void> = [];

  /**
   * Resolves at the next `wake`, or after a second. Holds the process only while somebody awaits
   * it: else an `await meter.flush()` at the end of a program would never come back.
   */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, LONGEST_MS);
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      this.callers.push(done);
    });
  }

  wake(): void {
    for (const done of this.callers.splice(0)) done();
  }
}
