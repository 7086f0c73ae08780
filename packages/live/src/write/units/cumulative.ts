import type { EncodedLabels } from '../labels.ts';
import type { RequestBuilder, Times } from '../request.ts';

/** A value that never falls, and what of it was written last. */
export class Cumulative {
  now = 0;
  before = 0;

  settle(): void {
    this.before = this.now;
  }
}

/**
 * The sum of what was added, exactly, by two values that never fall: what was taken away stands in a second
 * one, which is there only where something was.
 */
export class Balance {
  readonly #up = new Cumulative();
  readonly #down = new Cumulative();

  add(change: number): void {
    if (change >= 0) this.#up.now += change;
    else this.#down.now -= change;
  }

  get now(): number {
    return this.#up.now - this.#down.now;
  }

  get before(): number {
    return this.#up.before - this.#down.before;
  }

  write(
    request: RequestBuilder,
    labels: EncodedLabels,
    names: { up: string; down: string },
    times: Times,
  ): void {
    request.sample({ labels, name: names.up, type: 'counter' }, times, this.#up);
    if (this.#down.now > 0) {
      const isNew = this.#down.before === 0;
      const { at, before, birth } = times;
      const head = { labels, name: names.down, type: 'counter' } as const;
      request.sample(head, { at, before: isNew ? birth : before }, this.#down);
    }
    this.#up.settle();
    this.#down.settle();
  }
}
