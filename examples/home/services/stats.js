import { timed } from 'routemeter';

/** Ranks a week of visits: a few milliseconds of nothing but CPU. */
export const statsOf = timed('stats', (user) => {
  const visits = new Map();
  let seed = Number(user.id);
  for (let at = 0; at < 40_000; at++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const page = seed % 512;
    visits.set(page, (visits.get(page) ?? 0) + 1);
  }
  const ranked = [...visits].sort(([, a], [, b]) => b - a);
  return ranked.slice(0, 3).map(([page, count]) => ({ page, count }));
});
