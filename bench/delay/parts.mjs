/** How often turns and requests come before those that are counted. */
export const ROUNDS = 120;

/** What is counted: twice each, so that what each part takes by itself is known. */
export const PARTS = ['turns', 'requests'].flatMap((what) =>
  [100, 300, 1300].map((amount) => ({ what, amount })),
);

/** Instructions of one, by the counts of all parts. */
export function ofOne(wanted, counts) {
  const [, less, more] = PARTS.map((part, at) => ({ ...part, count: counts[at] })).filter(
    ({ what }) => what === wanted,
  );
  return (more.count - less.count) / (more.amount - less.amount);
}
