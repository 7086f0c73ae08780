import { setImmediate } from 'node:timers';
import { now } from '../platform/index.ts';

/** How long our own work may hold the loop at a time, in ms. */
const SLICE_MS = 4;

/** Lets the application's code run in between. */
export class Rests {
  private until = now() + SLICE_MS;

  /** Whether it is time to. */
  get due(): boolean {
    return now() >= this.until;
  }

  async take(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.until = now() + SLICE_MS;
  }
}
