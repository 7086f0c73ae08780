/** When to write: at multiples of the interval since 1970, on all hosts the same. */
export class Ticks {
  readonly interval: number;
  /** The next one. */
  due: number;

  constructor(interval: number, now: number) {
    this.interval = interval;
    this.due = this.#after(now);
  }

  /** The one before the next. */
  get before(): number {
    return this.due - this.interval;
  }

  /** Goes on to the first that is after `now`. */
  pass(now: number): void {
    this.due = this.#after(now);
  }

  #after(now: number): number {
    return (Math.floor(now / this.interval) + 1) * this.interval;
  }
}
