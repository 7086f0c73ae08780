import { expect, it } from 'vitest';
import { startLive } from '../helpers.ts';

const line = (route: string, more = '') =>
  `shop.http.server.request:10|d|#http_route:${route},http_method:GET,http_status_code:200${more}`;

it('rows whose names were guessed say so, and others do not', async () => {
  await using live = await startLive({});
  const guessed = ',http_route_guessed:true';
  await live.send([line('/hello/:p', guessed), line('/hello/:p', guessed), line('/users/:id')].join('\n'));
  const { body } = await live.get('/api/routes?window=60');
  const rows = body.routes.map((row: Record<string, unknown>) => [row.route, row.count, row.guessed]);
  expect(rows.sort()).toEqual([
    ['/hello/:p', 2, true],
    ['/users/:id', 1, undefined],
  ]);
});
