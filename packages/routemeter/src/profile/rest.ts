import { setImmediate } from 'node:timers';
import { now } from '../platform/index.ts';

/** How long our own work may hold the loop at a time, in ms. */
const SLICE_MS = 4;
/** Of a loop whose turns are long it may hold this part more: it would hardly get on otherwise. */
const PART = 0.1;

/** Lets the application's code run in between. */
export class Rests {
  private readonly clock: () => number;
  private until: number;

  constructor(clock = now) {
    this.clock = clock;
    this.until = clock() + SLICE_MS;
  }

  /** Whether it is time to. */
  get due(): boolean {
    return this.clock() >= this.until;
  }

  async take(): Promise<void> {
    const from = this.clock();
    await new Promise<void>((resolve) => setImmediate(resolve));
    const to = this.clock();
    this.until = to + Math.max(SLICE_MS, (to - from) * PART);
  }
}
