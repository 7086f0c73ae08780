/** How long a start holds the loop beside the heap, and for each MB of it, in ms: the most of what was measured. */
const FIXED_MS = 40;
const PER_MB_MS = 1.4;
const MB = 1024 * 1024;

/**
 * How long the start of a profile is expected to hold the loop, in ms. V8 walks the whole heap for the
 * functions that are compiled by then, at each start again; on an idle machine it takes half of this.
 */
export function expectedStall(heapUsed: number): number {
  return Math.round(FIXED_MS + (heapUsed / MB) * PER_MB_MS);
}
