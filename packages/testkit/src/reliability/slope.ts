/** By how much values rise from one to the next: the slope of the least-squares line through them. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let across = 0;
  let along = 0;
  for (const [at, value] of values.entries()) {
    across += (at - middle) * (value - mean);
    along += (at - middle) ** 2;
  }
  return across / along;
}
