/** Whole seconds that a rate is of. */
export const RECENT_SECONDS = 10;

/** What was counted in each of the last seconds. */
export class Recent {
  readonly #counts = Array<number>(RECENT_SECONDS).fill(0);
  /** The last second that something was counted in. */
  #until = 0;

  add(second: number, count: number): void {
    if (second <= this.#until - RECENT_SECONDS) return;
    for (let at = Math.max(this.#until + 1, second - RECENT_SECONDS + 1); at <= second; at++) {
      this.#counts[at % RECENT_SECONDS] = 0;
    }
    this.#until = Math.max(this.#until, second);
    this.#counts[second % RECENT_SECONDS] = this.#counts[second % RECENT_SECONDS]! + count;
  }

  /** Of the seconds before `now`, of which no more than `seconds` are looked at. */
  sum(now: number, seconds: number): number {
    let sum = 0;
    const first = Math.max(now - seconds, this.#until - RECENT_SECONDS + 1);
    for (let at = first; at < now && at <= this.#until; at++) sum += this.#counts[at % RECENT_SECONDS]!;
    return sum;
  }
}
