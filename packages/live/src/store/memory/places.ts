/** Series that share a base. */
const SHIFT = 6;
const MAX_SHORT = 2 ** 16 - 1;

/**
 * Where the record of each series begins in a page, by the number of the series: two bytes for each, from the
 * least of its 64 neighbours on; four where records lie too far apart.
 */
export class Places {
  readonly #bases: Int32Array;
  /** Behind the base, plus one; 0 for none. */
  readonly #offsets: Uint16Array | Uint32Array;

  /** @param starts where each record begins, plus one; 0 for none. */
  constructor(starts: Int32Array) {
    const bases = new Int32Array(((starts.length - 1) >> SHIFT) + 1);
    let furthest = 0;
    for (let block = 0; block < bases.length; block++) {
      let least = 0;
      let greatest = 0;
      const end = Math.min(starts.length, (block + 1) << SHIFT);
      for (let id = block << SHIFT; id < end; id++) {
        const start = starts[id]!;
        if (start === 0) continue;
        if (least === 0 || start < least) least = start;
        if (start > greatest) greatest = start;
      }
      // So that what begins at the base is 1.
      bases[block] = least - 1;
      furthest = Math.max(furthest, greatest - least + 1);
    }
    const offsets = furthest > MAX_SHORT ? new Uint32Array(starts.length) : new Uint16Array(starts.length);
    for (let id = 0; id < starts.length; id++) {
      if (starts[id] !== 0) offsets[id] = starts[id]! - bases[id >> SHIFT]!;
    }
    this.#bases = bases;
    this.#offsets = offsets;
  }

  get byteLength(): number {
    return this.#bases.byteLength + this.#offsets.byteLength;
  }

  /** -1 for none. */
  startOf(series: number): number {
    const offset = series < this.#offsets.length ? this.#offsets[series]! : 0;
    return offset === 0 ? -1 : this.#bases[series >> SHIFT]! + offset - 1;
  }

  forget(series: number): void {
    if (series < this.#offsets.length) this.#offsets[series] = 0;
  }
}
