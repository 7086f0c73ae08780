/** Numbers that look like chance and are the same each time (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = [
  'alice',
  'bob',
  'Zoë',
  '日本',
  'O’Brien',
  'a b',
  'x@example.com',
  'shoes',
  '42',
  'v1.2',
  'naïve',
];
const HOSTILE = [
  '%00',
  '%2e%2e',
  '..',
  '%ff',
  '%',
  '%zz',
  "'--",
  '<script>',
  '|',
  '|#tag:x',
  ':id',
  '*',
  '{id}',
  '[slug]',
  '__proto__',
  'constructor',
  ';a=b',
  '@',
  '\\',
  '%0d%0aX',
  '$&',
  '~',
  'A'.repeat(300),
];

/** Addresses below `places` with words as users write them. */
export function ordinaryUrls(count: number, places: readonly string[]): string[] {
  const next = chance(1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  return Array.from({ length: count }, (_, i) => {
    const word = encodeURIComponent(`${pick(WORDS)}${i % 3 === 0 ? i : ''}`);
    const query = next() < 0.2 ? `?q=${encodeURIComponent(pick(WORDS))}` : '';
    return `${pick(places)}${word}${query}`;
  });
}

/** Addresses that try to get into a name. Each is a target that a server has to take. */
export function hostileUrls(count: number, places: readonly string[]): string[] {
  const next = chance(2);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  return Array.from({ length: count }, (_, i) => {
    const parts = Array.from({ length: 1 + Math.floor(next() * 4) }, () =>
      next() < 0.7 ? pick(HOSTILE) : `evil${i}`,
    );
    const start = next() < 0.6 ? pick(places) : '/';
    return `${start}${parts.join(next() < 0.3 ? '//' : '/')}${next() < 0.2 ? `?${pick(HOSTILE)}` : ''}`;
  });
}
