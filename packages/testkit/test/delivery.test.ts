import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { afterEach, expect, test } from 'vitest';
import { type Live, startLive, stop, until } from '../src/live.ts';
import { ROOT } from '../src/pack.ts';

const APP = join(ROOT, 'packages/testkit/test/fixtures/delivery-app.mjs');
const REQUESTS = 100_000;

interface Books {
  samples: number;
  handed: number;
  waiting: number;
  dropped: Record<string, number>;
  unconfirmed: number;
  payloads: number;
}

let live: Live | undefined;
let app: ReturnType<typeof fork> | undefined;
afterEach(async () => {
  if (app !== undefined) await stop(app);
  await live?.stop();
});

test(`${REQUESTS} requests: recorded = handed to the kernel, received = handed minus kernel drops`, {
  timeout: 180_000,
}, async () => {
  const page = await startLive();
  live = page;
  app = fork(APP, { env: { ...process.env, NODE_ENV: 'production', ROUTEMETER_URL: page.statsd } });
  const [{ port }] = (await once(app, 'message')) as [{ port: number }];

  const began = performance.now();
  const load = await autocannon({
    url: `http://127.0.0.1:${port}/users/42`,
    connections: 50,
    amount: REQUESTS,
  });
  expect(load['2xx']).toBe(REQUESTS);
  const perSecond = Math.round(REQUESTS / ((performance.now() - began) / 1000));

  app.send('books');
  const [books] = (await once(app, 'message')) as [Books];
  expect(books).toMatchObject({ waiting: 0, dropped: {}, unconfirmed: 0 });
  expect(books.samples).toBe(books.handed);
  expect(books.samples).toBeGreaterThanOrEqual(REQUESTS);

  const server = await until(
    () => page.get('/api/stats'),
    ({ packets, kernelDrops }) => packets + (kernelDrops ?? 0) >= books.payloads,
  );
  expect(server.packets + (server.kernelDrops ?? 0)).toBe(books.payloads);
  expect(server.rejected).toBe(0);
  if (server.kernelDrops === 0) {
    expect(server.samples).toBe(books.handed);
    const { routes } = await page.get('/api/routes?window=300');
    expect(routes).toHaveLength(1);
    expect(routes[0]).toMatchObject({
      route: '/users/:id',
      count: REQUESTS,
      status: { 200: REQUESTS },
      service: 'load',
    });
  }
  const packets = ((books.payloads / REQUESTS) * 1000).toFixed(1);
  console.log(
    `${packets} UDP packets per 1000 requests at ${perSecond} requests/s (aim: 7, and 6 for the CPU metric); kernel drops: ${server.kernelDrops}`,
  );
});
