/**
 * Bytes taken four at a time, for the two loops that every line goes through. A word is read little-endian
 * at any offset; readers may look up to {@link SLACK} bytes behind the last one that counts.
 */
export const SLACK = 4;

const ONES = 0x01010101;
const HIGHS = 0x80808080 | 0;
const SPACES = 0x20202020;
const PIPES = 0x7c7c7c7c;
const COLONS = 0x3a3a3a3a;

/** Whether a byte of the word is `|` or a control character, among them the end of the line. */
export function hasPipeOrControl(word: number): boolean {
  const pipe = word ^ PIPES;
  // A byte minus one borrows from its high bit only if it was zero (Mycroft's test).
  return ((((pipe - ONES) & ~pipe) | ((word - SPACES) & ~word)) & HIGHS) !== 0;
}

/** The same, or a colon. */
export function hasColonOrEnd(word: number): boolean {
  const colon = word ^ COLONS;
  return ((colon - ONES) & ~colon & HIGHS) !== 0 || hasPipeOrControl(word);
}

/** Mixes a word into a hash: multiply, then rotate, so that high bits reach the low ones. */
export function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return (product << 15) | (product >>> 17);
}

/** Whether the bytes of two views are the same. */
export function same(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    if (a.getInt32(aStart + i, true) !== b.getInt32(bStart + i, true)) return false;
  }
  for (; i < length; i++) if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
  return true;
}
