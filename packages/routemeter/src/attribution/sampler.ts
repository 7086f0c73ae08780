/** Blocks grow up to this many requests: short runs stay near the rate, long ones switch the hook seldom. */
const LARGEST = 32;

/**
 * Chooses a fraction of requests by count. The requests are cut into periods, and each period gives
 * one block of neighbours at a random place in it: the rate is exact, no rhythm of the traffic can
 * fall in step with it, and the hook is on for a block and off between two.
 *
 * Never by time: timers are late exactly when the loop is blocked, which favours heavy requests.
 *
 * @example
 * const sampler = new CpuSampler(0.1);
 * engine.open(work, sampler.next());
 */
export class CpuSampler {
  private readonly fraction: number;
  private readonly random: () => number;
  private size = 1;
  /** The exact end of the period, which fractions like 0.3 put between two requests. */
  private end = 0;
  private from = 0;
  private block = 0;
  private count = 0;
  private last = 0;

  /** `fraction`: 0 to 1. `random`: as `Math.random`. */
  constructor(fraction: number, random: () => number = Math.random) {
    this.fraction = fraction;
    this.random = random;
  }

  /** Whether the next request is chosen. */
  next(): boolean {
    if (this.fraction >= 1) return true;
    if (!(this.fraction > 0)) return false;
    if (this.count >= this.last) this.begin();
    // Round the period's end: a block that must fit inside would favour the middle.
    const into = this.count++ - this.from;
    return (into < 0 ? into + this.last : into) < this.block;
  }

  private begin(): void {
    // Counted from the period's begin, so that the numbers stay small however long the process lives.
    const carried = this.end - this.last;
    this.end = carried + this.size / this.fraction;
    this.last = Math.floor(this.end);
    this.count = 0;
    this.from = Math.floor(this.random() * this.last);
    this.block = this.size;
    this.size = Math.min(LARGEST, this.size * 2);
  }
}
