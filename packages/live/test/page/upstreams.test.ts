import { expect, it } from 'vitest';
import { until } from '../helpers.ts';
import { onMemoryFirst, pagesWith, request } from './browser.ts';

const TIMELINE = 'http_route:/timeline,http_method:GET';
const SELECT =
  'db_system_name:postgresql,db_operation_name:SELECT,db_query_summary:SELECT users,server_address:db';
const ADS = 'server_address:ads.internal,http_request_method:GET';

/** One request of /timeline: 37 queries in a block, one fetch that fails, outside of blocks. */
const timeline = () => [
  request({ route: '/timeline', split: [4, 0, 2, 44] }),
  [
    `shop.db.client.operation:${Array(37).fill('1').join(':')}|d|#${TIMELINE},${SELECT},block:load`,
    `shop.db.client.operation.wait:${Array(37).fill('0.8').join(':')}|d|#${TIMELINE},${SELECT},block:load`,
    `shop.db.client.operation.repeated:37|d|#${TIMELINE},${SELECT},block:load`,
    `shop.http.client.request:12|d|#${TIMELINE},${ADS},http_response_status_code:503,error_type:503`,
    `shop.http.client.request.wait:10|d|#${TIMELINE},${ADS}`,
    `shop.http.client.request.repeated:1|d|#${TIMELINE},${ADS}`,
    `shop.load:38|d|#${TIMELINE}`,
  ].join('\n'),
];

onMemoryFirst('what routes wait for', (startServer) => {
  const open = pagesWith(startServer, timeline);
  it('a bar is split into upstreams, the sentence names them, and the tooltip has their figures', async () => {
    const page = await open('/');
    await page.locator('.routes .part-wait1').waitFor();
    // 29.6 ms for the database, 10 for the fetch, 4.4 for nobody.
    const width = async (part: string) =>
      (await page.locator(`.routes .bar .part-${part}`).first().boundingBox())!.width;
    const [db, http, rest] = await Promise.all(['wait0', 'wait1', 'idle'].map(width));
    expect(db! / http!).toBeGreaterThan(2.4);
    expect(db! / http!).toBeLessThan(3.6);
    expect(rest!).toBeLessThan(http!);
    await until(
      async () =>
        (await page.locator('.sentence').first().textContent()) ===
        'GET /timeline waits 44 of its 50 ms: 30 for postgresql, 10 for ads.internal.',
    );
    const cell = page.locator('.routes tbody .c-time').first();
    await until(async () => /29\.6/.test((await cell.getAttribute('data-say')) ?? ''));
    await cell.hover();
    const tip = page.locator('.tip', { hasText: 'postgresql' });
    await tip.waitFor();
    expect(await tip.textContent()).toMatch(/postgresql29\.6 ms59 %.*ads\.internal10\.0 ms20 %/);
  });

  it('a route lists its calls under the block that makes them, and flags what one request repeats', async () => {
    const page = await open('/route?service=shop&method=GET&path=%2Ftimeline');
    const calls = page.locator('.calls');
    await calls.waitFor();
    expect(await calls.locator('.group').allTextContents()).toEqual(['load', 'outside of blocks']);
    const query = calls.locator('tr', { hasText: 'postgresql SELECT users' });
    await until(async () => (await query.locator('.many').textContent())?.startsWith('37') === true);
    expect(await query.locator('td.num').first().getAttribute('data-say')).toContain(
      'makes it 37 times, at most 37',
    );
    const fetched = calls.locator('tr', { hasText: 'GET ads.internal' });
    expect(await fetched.locator('.alarm').textContent()).toBe('100');
    await until(async () =>
      /one request asks 37 times postgresql SELECT users/.test(
        (await page.locator('.sentence').first().textContent())!,
      ),
    );
    // A call is no block of code.
    expect(await page.locator('.blocks:not(.calls) tbody .b-name').allTextContents()).toEqual(['shop.load']);
  });

  it('upstreams have a view: who is slow, and who suffers', async () => {
    const page = await open('/');
    await page.getByRole('link', { name: 'Upstreams' }).click();
    const rows = page.locator('.upstreams tbody');
    await until(async () => (await rows.count()) === 2);
    expect(await rows.locator('.plain > .wire').allTextContents()).toEqual([
      'postgresql SELECT users',
      'GET ads.internal',
    ]);
    await rows.first().getByRole('button').click();
    const caller = rows.first().locator('.caller');
    await until(async () =>
      /GET \/timeline.*37 each time, waits 29\.6 ms, 59 % of its time/.test(
        (await caller.textContent()) ?? '',
      ),
    );
    await page.getByLabel('Filter upstreams').fill('ads');
    await until(async () => (await rows.count()) === 1);
    await page.getByLabel('Filter upstreams').fill('');
    await page.getByLabel('kind').selectOption('db');
    await until(async () => (await rows.count()) === 1);
    await caller.getByRole('link').click();
    await page.locator('.route-title', { hasText: '/timeline' }).waitFor();
  });

  it('nothing is wider than a telephone', async () => {
    const page = await open('/upstreams', { width: 360 });
    await page.locator('.upstreams button').first().click();
    await page.locator('.caller').first().waitFor();
    const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await beyond()).toBeLessThanOrEqual(0);
    await page.locator('.caller a').first().click();
    await page.locator('.calls').waitFor();
    expect(await beyond()).toBeLessThanOrEqual(0);
  });
});
