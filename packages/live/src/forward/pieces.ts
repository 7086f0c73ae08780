/** Whole lines that go out together. */
export interface Piece {
  bytes: Uint8Array;
  lines: number;
}

const NEWLINE = 10;

/**
 * Cuts a payload between lines into pieces of at most `size` bytes, without the newline at their ends. A line
 * that is longer by itself is a piece of its own; a payload that fits goes unchanged.
 */
export function* pieces(payload: Uint8Array, size: number): Generator<Piece> {
  if (payload.length <= size) {
    yield { bytes: payload, lines: linesIn(payload) };
    return;
  }
  let start = 0;
  while (start < payload.length) {
    let end = start;
    let lines = 0;
    for (let at = start; at < payload.length && at - start <= size; ) {
      const newline = payload.indexOf(NEWLINE, at);
      const stop = newline < 0 ? payload.length : newline;
      if (lines > 0 && stop - start > size) break;
      if (stop > at) {
        lines++;
        end = stop;
      }
      at = stop + 1;
      if (lines === 0) start = at;
    }
    if (lines === 0) return;
    yield { bytes: payload.subarray(start, end), lines };
    start = end + 1;
  }
}

/** Lines that are not empty. */
function linesIn(payload: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < payload.length; ) {
    const newline = payload.indexOf(NEWLINE, at);
    const stop = newline < 0 ? payload.length : newline;
    if (stop > at) lines++;
    at = stop + 1;
  }
  return lines;
}
