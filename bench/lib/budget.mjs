/**
 * A check before each round: whether another one like the last fits into the time. The first always does.
 *
 * @example
 * const within = budget(60_000);
 * for (let round = 0; round < 5 && within(); round++) await measure();
 */
export function budget(ms, now = () => performance.now()) {
  const start = now();
  let last;
  return () => {
    const at = now();
    const fits = last === undefined || at - start + (at - last) <= ms;
    last = at;
    return fits;
  };
}
