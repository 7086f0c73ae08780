const PAIRS = 100;

const hrtime = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * What has to be added to a reading of `clock` for the clock that V8 stamps its samples with, in ms. Of many
 * pairs of readings the closest counts: between the two of one pair the thread may be taken off its core.
 */
export function clockOffset(clock: () => number, stamp: () => number = hrtime): number {
  let closest = Number.POSITIVE_INFINITY;
  let offset = 0;
  for (let i = 0; i < PAIRS; i++) {
    const before = stamp();
    const reading = clock();
    const after = stamp();
    if (after - before >= closest) continue;
    closest = after - before;
    offset = (before + after) / 2 - reading;
  }
  return offset;
}
