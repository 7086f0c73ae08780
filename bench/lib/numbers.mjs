export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `1.23 (1.10 to 1.40)`: the median, and the range it comes from. */
export function spread(values, digits = 2) {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)} (${low} to ${high})`;
}

/** The items, starting with another one each round. */
export function rotated(items, round) {
  const at = round % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
