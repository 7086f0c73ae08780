const MAX_ANSWERS = 300;
/** Rows of all answers kept, points each counting as one. */
const MAX_WEIGHT = 2_000_000;
/** An engine that failed is left alone for so long. */
const REST_MS = 1000;

interface Entry {
  answer: Promise<unknown>;
  weight: number;
  /** Not asked again before; failures alone have one. */
  until: number;
}

/**
 * Answers that cannot change before the next tick, by question. Whoever asks the same meanwhile waits for the
 * same request; a failure is given to all who ask within a second.
 */
export class Answers {
  readonly #entries = new Map<string, Entry>();
  #tick = Number.NaN;
  #weight = 0;

  get size(): number {
    return this.#entries.size;
  }

  get<T>(tick: number, question: unknown, ask: () => Promise<T>, weigh: (answer: T) => number): Promise<T> {
    if (tick !== this.#tick) {
      this.#tick = tick;
      this.#entries.clear();
      this.#weight = 0;
    }
    const key = JSON.stringify(question);
    const known = this.#entries.get(key);
    if (known !== undefined && performance.now() < known.until) return known.answer as Promise<T>;
    if (known !== undefined) this.#drop(key, known);
    const answer = ask();
    const entry: Entry = { answer, weight: key.length / 64, until: Number.POSITIVE_INFINITY };
    this.#entries.set(key, entry);
    this.#weight += entry.weight;
    answer.then(
      (value) => {
        if (this.#entries.get(key) !== entry) return;
        const weight = weigh(value);
        entry.weight += weight;
        this.#weight += weight;
        this.#trim();
      },
      () => {
        entry.until = performance.now() + REST_MS;
      },
    );
    this.#trim();
    return answer;
  }

  /** The oldest leave first; they would be asked for again. */
  #trim(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= MAX_ANSWERS && this.#weight <= MAX_WEIGHT) return;
      this.#drop(key, entry);
    }
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
