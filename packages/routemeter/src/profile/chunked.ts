const BITS = 16;
export const CHUNK = 1 << BITS;
const MASK = CHUNK - 1;

interface Numbers {
  [index: number]: number;
}

/** Numbers in chunks: it grows without copying what it holds, which would hold the loop. */
export class Chunked<T extends Numbers> {
  private readonly chunks: T[] = [];
  private readonly make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.make = make;
  }

  /** 0 where nothing was set. */
  get(index: number): number {
    return this.chunks[index >>> BITS]?.[index & MASK] ?? 0;
  }

  set(index: number, value: number): void {
    this.at(index)[index & MASK] = value;
  }

  add(index: number, value: number): void {
    const chunk = this.at(index) as Numbers;
    chunk[index & MASK] = chunk[index & MASK]! + value;
  }

  private at(index: number): T {
    const chunk = index >>> BITS;
    while (chunk >= this.chunks.length) this.chunks.push(this.make(CHUNK));
    return this.chunks[chunk]!;
  }
}
