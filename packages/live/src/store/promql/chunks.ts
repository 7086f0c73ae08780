/** Lists of neighbours, each of a weight of at most `most` unless one alone is heavier. */
export function chunks<T>(list: readonly T[], weigh: (one: T) => number, most: number): T[][] {
  const found: T[][] = [];
  let weight = Number.POSITIVE_INFINITY;
  for (const one of list) {
    const own = weigh(one);
    if (weight + own > most) {
      found.push([]);
      weight = 0;
    }
    found.at(-1)!.push(one);
    weight += own;
  }
  return found;
}
