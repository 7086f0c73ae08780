const SLOTS = 20;

/** Samples handed over within the last `spanMs`: what a server that goes away may not have read. */
export class Recent {
  private readonly slotMs: number;
  private readonly samples = new Array<number>(SLOTS).fill(0);
  private slot = 0;
  private newest = 0;

  constructor(spanMs: number) {
    this.slotMs = spanMs / SLOTS;
  }

  add(samples: number, now: number): void {
    this.advance(now);
    this.samples[this.slot % SLOTS]! += samples;
    this.newest = samples;
  }

  /**
   * Their number; they count once.
   *
   * @param knowsOfOne something was refused for sure: then at least the newest, however long ago it was.
   */
  take(now: number, knowsOfOne = false): number {
    this.advance(now);
    const all = this.samples.reduce((sum, samples) => sum + samples, 0);
    this.samples.fill(0);
    const { newest } = this;
    this.newest = 0;
    return all > 0 || !knowsOfOne ? all : newest;
  }

  private advance(now: number): void {
    const slot = Math.floor(now / this.slotMs);
    const steps = Math.min(SLOTS, slot - this.slot);
    for (let i = 1; i <= steps; i++) this.samples[(this.slot + i) % SLOTS] = 0;
    if (steps >= SLOTS) this.samples.fill(0);
    if (steps > 0) this.slot = slot;
  }
}
