const BITS = 14;
const CHUNK = 1 << BITS;
const MASK = CHUNK - 1;
/** Numbers of each work. */
const EACH = 4;
const [STALLED, WALL, OWNER] = [1, 2, 3];

/** What each work used, in ms, and whose it is; by its number, in chunks, as entries are. */
export class Used {
  private readonly chunks: Float64Array[] = [];

  /** Makes room up to this number: for `add`. */
  reserve(id: number): void {
    while (id >>> BITS >= this.chunks.length) this.chunks.push(new Float64Array(CHUNK * EACH));
  }

  add(id: number, cpu: number, stalled: number): void {
    const chunk = this.chunks[id >>> BITS]!;
    const at = (id & MASK) * EACH;
    chunk[at] = chunk[at]! + cpu;
    if (stalled > 0) chunk[at + STALLED] = chunk[at + STALLED]! + stalled;
  }

  /** Tells whose a work is, by an index, and how long its unit took. */
  tell(id: number, owner: number, wall: number): void {
    this.reserve(id);
    const chunk = this.chunks[id >>> BITS]!;
    const at = (id & MASK) * EACH;
    chunk[at + WALL] = wall;
    chunk[at + OWNER] = owner + 1;
  }

  /** -1 where that was not told. */
  owner(id: number): number {
    return (this.chunks[id >>> BITS]?.[(id & MASK) * EACH + OWNER] ?? 0) - 1;
  }

  /** Gives those whose unit took longer than `limits` has for their owner to the owner that `other` tells. */
  moveSlow(limits: readonly number[], other: (owner: number) => number): void {
    for (const chunk of this.chunks) {
      for (let at = 0; at < chunk.length; at += EACH) {
        const owner = chunk[at + OWNER]! - 1;
        if (owner >= 0 && chunk[at + WALL]! > limits[owner]!) chunk[at + OWNER] = other(owner) + 1;
      }
    }
  }

  /** Adds up what the works of each owner used. */
  addTo(owners: ReadonlyArray<{ cpu: number; stalled: number }>): void {
    for (const chunk of this.chunks) {
      for (let at = 0; at < chunk.length; at += EACH) {
        const owner = owners[chunk[at + OWNER]! - 1];
        if (owner === undefined) continue;
        owner.cpu += chunk[at]!;
        owner.stalled += chunk[at + STALLED]!;
      }
    }
  }
}
