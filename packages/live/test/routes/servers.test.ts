import { expect, it } from 'vitest';
import { startLive } from '../helpers.ts';

const line = (
  server: string,
  { service = 'shop', part = '', value = 10, status = ',http_status_code:200' } = {},
) => `${service}.http.server.request${part}:${value}|d|#http_route:/a,http_method:GET${status}${server}`;
const at = (port: number, address = '127.0.0.1') => `,server_address:${address},server_port:${port}`;

async function rowsOf(lines: string[], query = '') {
  await using live = await startLive({});
  await live.send(lines.join('\n'));
  const { body } = await live.get(`/api/routes?window=60${query}`);
  return body.routes.map((row: Record<string, unknown>) => [row.service, row.server, row.count, row.cpu]);
}

it('a service with several servers has a row for each, with its own companions', async () => {
  const rows = await rowsOf([
    line(at(3000), { value: 30 }),
    line(at(3001)),
    line(at(3001)),
    line(at(3000), { part: '.cpu', status: '', value: 2 }),
    line(at(4000), { service: 'other', value: 1 }),
  ]);
  expect(rows).toEqual([
    ['shop', { address: '127.0.0.1', port: '3000' }, 1, expect.objectContaining({ mean: 2 })],
    ['shop', { address: '127.0.0.1', port: '3001' }, 2, null],
    ['other', undefined, 1, null],
  ]);
});

it('a service with one server, and one whose servers are not told, has none', async () => {
  expect(await rowsOf([line(at(3000)), line(at(3000))])).toEqual([['shop', undefined, 2, null]]);
  expect(await rowsOf([line(''), line('')])).toEqual([['shop', undefined, 2, null]]);
});

it('hosts of a fleet that listen elsewhere are one service with one server', async () => {
  const on = (host: string, port: number) => line(`${at(port)},host:${host}`);
  expect(await rowsOf([on('a', 3000), on('b', 3001)])).toEqual([['shop', undefined, 2, null]]);
  expect((await rowsOf([on('a', 3000), on('a', 4000), on('b', 3000)])).length).toBe(2);
});

it('addresses tell servers apart, too, and a row can be asked for alone', async () => {
  const lines = [line(at(3000)), line(at(3000, '10.0.0.7')), line(',server_address:/run/app.sock')];
  expect((await rowsOf(lines)).length).toBe(3);
  expect(await rowsOf(lines, '&tag:server_address=10.0.0.7')).toEqual([['shop', undefined, 1, null]]);
});

it('budgets see one route, whatever the number of its servers', async () => {
  await using live = await startLive({ budgets: { routes: { 'GET /a': { wall: { p50: 1 } } } } });
  await live.send(Array.from({ length: 100 }, (_, i) => line(at(3000 + (i % 2)))).join('\n'));
  const counts = async () =>
    (await live.get('/api/budgets')).body.limits.map((one: { count: number }) => one.count);
  await expect.poll(counts, { timeout: 60_000 }).toEqual([100]);
});
