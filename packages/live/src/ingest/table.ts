import type { LineParser } from './parser.ts';
import { same } from './words.ts';

/** Keys per series that are remembered: the same tags in another order are another key of the same series. */
const MIN_SLOTS = 1024;

/**
 * From the bytes of a line's name, type and tags to its series: open addressing over typed arrays, the bytes
 * compared, so that a collision of hashes can never merge two series. Bounded by entries and by bytes; what
 * does not fit is looked up the slow way each time.
 */
export class KeyTable {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  /** Entry number plus one; 0 is free. Always a power of two long, at most half full. */
  #slots = new Int32Array(MIN_SLOTS);
  #count = 0;
  #hashes: Int32Array = new Int32Array(MIN_SLOTS);
  #series: Int32Array = new Int32Array(MIN_SLOTS);
  #types: Uint8Array = new Uint8Array(MIN_SLOTS);
  #offsets: Int32Array = new Int32Array(MIN_SLOTS);
  #nameLengths: Int32Array = new Int32Array(MIN_SLOTS);
  #tagLengths: Int32Array = new Int32Array(MIN_SLOTS);
  #bytes: Uint8Array = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#count;
  }

  /** The series of the line at hand, or -1. */
  find(line: LineParser): number {
    const mask = this.#slots.length - 1;
    const { hash, view, type } = line;
    const nameLength = line.nameEnd - line.nameStart;
    const tagLength = line.tagsEnd - line.tagsStart;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return -1;
      if (
        this.#hashes[entry] === hash &&
        this.#types[entry] === type &&
        this.#nameLengths[entry] === nameLength &&
        this.#tagLengths[entry] === tagLength
      ) {
        const at = this.#offsets[entry]!;
        if (
          same(this.#view, at, view, line.nameStart, nameLength) &&
          same(this.#view, at + nameLength, view, line.tagsStart, tagLength)
        ) {
          return this.#series[entry]!;
        }
      }
    }
  }

  /** Remembers the line's key; does nothing when full. The key must not be there yet. */
  add(line: LineParser, series: number): void {
    const nameLength = line.nameEnd - line.nameStart;
    const tagLength = line.tagsEnd - line.tagsStart;
    const needed = this.#used + nameLength + tagLength;
    if (this.#count >= this.#maxEntries || needed > this.#maxBytes) return;
    if (needed > this.#bytes.length) {
      this.#bytes = grown(this.#bytes, Math.max(needed, this.#bytes.length * 2)) as Uint8Array;
      this.#view = new DataView(this.#bytes.buffer);
    }
    if (this.#count === this.#hashes.length) this.#growEntries();
    const entry = this.#count++;
    this.#hashes[entry] = line.hash;
    this.#types[entry] = line.type;
    this.#series[entry] = series;
    this.#offsets[entry] = this.#used;
    this.#nameLengths[entry] = nameLength;
    this.#tagLengths[entry] = tagLength;
    this.#bytes.set(line.bytes.subarray(line.nameStart, line.nameEnd), this.#used);
    this.#bytes.set(line.bytes.subarray(line.tagsStart, line.tagsEnd), this.#used + nameLength);
    this.#used = needed;
    if (this.#count * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
    else this.#place(entry);
  }

  /** Drops the keys of series that are no more. Rare, so it simply builds the table again. */
  forget(gone: ReadonlySet<number>): void {
    let kept = 0;
    let used = 0;
    for (let entry = 0; entry < this.#count; entry++) {
      if (gone.has(this.#series[entry]!)) continue;
      const length = this.#nameLengths[entry]! + this.#tagLengths[entry]!;
      this.#bytes.copyWithin(used, this.#offsets[entry]!, this.#offsets[entry]! + length);
      this.#hashes[kept] = this.#hashes[entry]!;
      this.#types[kept] = this.#types[entry]!;
      this.#series[kept] = this.#series[entry]!;
      this.#nameLengths[kept] = this.#nameLengths[entry]!;
      this.#tagLengths[kept] = this.#tagLengths[entry]!;
      this.#offsets[kept] = used;
      used += length;
      kept++;
    }
    this.#count = kept;
    this.#used = used;
    this.#rehash(this.#slots.length);
  }

  #growEntries(): void {
    const size = this.#hashes.length * 2;
    this.#hashes = grown(this.#hashes, size) as Int32Array;
    this.#types = grown(this.#types, size) as Uint8Array;
    this.#series = grown(this.#series, size) as Int32Array;
    this.#offsets = grown(this.#offsets, size) as Int32Array;
    this.#nameLengths = grown(this.#nameLengths, size) as Int32Array;
    this.#tagLengths = grown(this.#tagLengths, size) as Int32Array;
  }

  #rehash(size: number): void {
    this.#slots = new Int32Array(size);
    for (let entry = 0; entry < this.#count; entry++) this.#place(entry);
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[entry]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }
}

function grown(old: Int32Array | Uint8Array, size: number): Int32Array | Uint8Array {
  const next = old instanceof Int32Array ? new Int32Array(size) : new Uint8Array(size);
  next.set(old);
  return next;
}
