import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { startLive, until } from '../helpers.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;

const PROGRAM = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
to = ("127.0.0.1", int(sys.argv[1]))
for i in range(50):
    s.sendto(f"shop.http.server.request:{10 + i}|d|#http_route:/cart,http_method:GET,http_status_code:200".encode(), to)
    s.sendto(f"yum.cart:{10 + i}|ms\\nyum.cart.cpu:2|ms\\nyum.api.request:{10 + i}|ms".encode(), to)
    s.sendto(b"plain.counter:1|c\\nplain.timer:5|ms|@0.5\\nplain.gauge:3|g", to)
`;

// Python stands for every other language; a machine without it has nothing to say about this.
describe.skipIf(!hasPython)('a program in another language', () => {
  it('sends plain DogStatsD, names per view and Etsy-style StatsD, and shows up', async () => {
    await using live = await startLive();
    const { status, stderr } = spawnSync('python3', ['-c', PROGRAM, String(live.live.statsdPort)], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    await until(async () => (await live.live.stats()).packets === 150);
    const { body } = await live.get('/api/routes');
    expect(body.routes).toMatchObject([
      { service: 'shop', route: '/cart', method: 'GET', count: 50, status: { 200: 50 } },
      { service: 'yum', route: 'cart', count: 50, cpu: { mean: 2 } },
    ]);
    const names = (await live.get('/api/metrics')).body.metrics.map((one: { name: string }) => one.name);
    expect(names).toEqual(expect.arrayContaining(['plain.counter', 'plain.timer', 'plain.gauge']));
  });
});
