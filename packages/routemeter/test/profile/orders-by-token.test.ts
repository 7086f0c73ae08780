import { expect, it } from 'vitest';
import { shared } from '../../src/attribution/index.ts';
import { takeOrdersByToken } from '../../src/profile/orders-by-token.ts';

it('has room for four live servers, and for four meters of each', () => {
  const servers = shared('orderers', () => new Map<string, unknown[]>());
  const take = () => Promise.reject(new Error('nobody asks'));
  const urls = Array.from({ length: 6 }, (_, i) => `http://127.0.0.1:${i + 1}`);
  const ends = urls.flatMap((url) =>
    Array.from({ length: 6 }, () => takeOrdersByToken({ url, token: 'a-token-of-profiles' }, take)),
  );
  expect([...servers].map(([url, takers]) => [url, takers.length])).toEqual(
    urls.slice(0, 4).map((url) => [url, 4]),
  );
  // Also of those that found no room, and twice.
  for (const end of [...ends, ...ends]) end();
  expect(servers.size).toBe(0);
});
