import { SLACK } from './words.ts';

/** The largest payload that is kept whole: a UDP datagram cannot be longer. */
export const MAX_PAYLOAD = 65_536;

export interface Kept {
  /** Counts up with every payload. */
  number: number;
  at: number;
  start: number;
  end: number;
}

/**
 * The last payloads as they came, in one piece of memory. Each is copied here once, is parsed in place (a
 * newline is put behind it), and stays readable for the raw view until it is overwritten: what the view
 * shows costs the way of a sample nothing more.
 */
export class PayloadRing {
  readonly bytes: Uint8Array;
  readonly #limit: number;
  #at = 0;
  readonly #times: Float64Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** Payloads ever kept; the newest stands at `(#kept - 1) % #limit`. */
  #kept = 0;
  /** The oldest that is not overwritten yet. */
  #oldest = 0;

  constructor(size = 2 * 1024 * 1024, limit = 8192) {
    this.bytes = new Uint8Array(size);
    this.#limit = limit;
    this.#times = new Float64Array(limit);
    this.#starts = new Int32Array(limit);
    this.#ends = new Int32Array(limit);
  }

  start = 0;
  end = 0;

  /** Copies a payload of at most {@link MAX_PAYLOAD} bytes in; it stands at `start` .. `end`, a newline follows. */
  keep(payload: Uint8Array, at: number): void {
    const length = payload.length;
    if (this.#at + length + 1 + SLACK > this.bytes.length) {
      // Those behind the end of the new lap are the oldest ones: they are given up with it.
      while (this.#oldest < this.#kept && this.#starts[this.#oldest % this.#limit]! >= this.#at)
        this.#oldest++;
      this.#at = 0;
    }
    const start = this.#at;
    const end = start + length;
    while (this.#oldest < this.#kept) {
      const slot = this.#oldest % this.#limit;
      const overlaps = this.#starts[slot]! <= end && this.#ends[slot]! >= start;
      if (!overlaps && this.#kept - this.#oldest < this.#limit) break;
      this.#oldest++;
    }
    this.bytes.set(payload, start);
    this.bytes[end] = 10;
    const slot = this.#kept++ % this.#limit;
    this.#times[slot] = at;
    this.#starts[slot] = start;
    this.#ends[slot] = end;
    this.#at = end + 1;
    this.start = start;
    this.end = end;
  }

  /** The number of the payload kept last. */
  get number(): number {
    return this.#kept - 1;
  }

  /** Newest first. */
  *newest(): Generator<Kept> {
    for (let i = this.#kept - 1; i >= this.#oldest; i--) {
      const slot = i % this.#limit;
      yield { number: i, at: this.#times[slot]!, start: this.#starts[slot]!, end: this.#ends[slot]! };
    }
  }

  clear(): void {
    this.#oldest = this.#kept;
  }
}
