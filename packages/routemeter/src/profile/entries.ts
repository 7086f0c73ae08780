const BITS = 15;
const CHUNK = 1 << BITS;
const MASK = CHUNK - 1;

/**
 * Who began to run when: two whole numbers for each entry, in chunks. It grows without copying what it holds, which
 * would hold the loop.
 */
export class Entries {
  size = 0;
  private readonly chunks: Uint32Array[] = [];
  private last = new Uint32Array(0);

  /** @param begin in ticks. */
  push(begin: number, work: number): void {
    const at = this.size++ & MASK;
    if (at === 0) this.chunks.push((this.last = new Uint32Array(CHUNK * 2)));
    this.last[at * 2] = begin;
    this.last[at * 2 + 1] = work;
  }

  /** The entry at a moment, in ticks, looked for from an earlier one on: the last that began before it. */
  at(moment: number, from: number): number {
    let next = from + 1;
    while (next < this.size && this.chunks[next >>> BITS]![(next & MASK) * 2]! < moment) next++;
    return next - 1;
  }

  /** 0 where there is none. */
  workOf(entry: number): number {
    return this.chunks[entry >>> BITS]?.[(entry & MASK) * 2 + 1] ?? 0;
  }
}
