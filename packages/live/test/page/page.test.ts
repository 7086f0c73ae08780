import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LiveServer } from '../../src/server.ts';
import { until } from '../helpers.ts';
import { Browser, buildAll, onMemoryFirst, request, rowNames, traffic } from './browser.ts';

const home = request({ route: '/home', split: [7, 2, 21, 31] });
const report = request({ route: '/report', method: 'POST', split: [400, 5, 5, 10], status: 201 });
const orders = request({ route: '/orders', method: 'POST', status: 500, split: [4, 0, 2, 60] });
const blocks = [
  `db.query:${Array(37).fill('0.8').join(':')}|d|#http_route:/home,http_method:GET`,
  'render:5|d|#http_route:/home,http_method:GET',
  'render.cpu:4|d|#http_route:/home,http_method:GET',
].join('\n');
const runtime = 'shop.nodejs.rss:80000000|g\nshop.nodejs.gc.pause:1.5|d|#kind:minor';

onMemoryFirst('the page', (startServer, isFleet) => {
  const browser = new Browser();
  let live: LiveServer;
  let stops: (() => void)[] = [];

  beforeAll(buildAll);
  beforeEach(async () => {
    live = await startServer();
  });
  afterEach(async () => {
    for (const stop of stops) stop();
    stops = [];
    await live.close();
  });
  afterAll(() => browser.close());

  let turn = 0;
  const usual = () => {
    turn += 1;
    const each = [home, home, blocks, blocks, runtime, 'shop.cart.items:12|g|#stage:dev'];
    return turn % 3 === 0 ? [...each, orders, 'not a line'] : turn % 10 === 0 ? [...each, report] : each;
  };
  const start = (payloads = usual) => {
    stops.push(traffic(live.statsdPort, payloads));
  };

  it('says what to do before the first packet, with the address, and changes by itself', async () => {
    const { page, complaints } = await browser.open(live.url);
    const heading = isFleet ? 'Waiting for the first collector' : 'Waiting for the first request';
    await page.getByRole('heading', { name: heading }).waitFor();
    const code = (await page.locator('.copy pre').allTextContents()).join('\n');
    if (isFleet) expect(code).toBe(`npx routemeter-live --write ${live.engine}`);
    else {
      expect(code).toContain(live.udp);
      expect(code).toContain('app.use(expressMeter(meter));');
    }
    start();
    await page.getByRole('link', { name: '/home' }).waitFor();
    expect(await page.locator('.welcome').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows routes that update, opens one, and finds its blocks', async () => {
    start();
    const { page, complaints } = await browser.open(live.url);
    const row = page.locator('.routes tbody tr', { hasText: '/home' });
    await row.waitFor();
    expect(await row.locator('.c-p95').first().textContent()).toMatch(/^6[01]/);
    expect(await row.locator('.bar').getAttribute('aria-label')).toMatch(
      /mean 61.0 ms: CPU 7.00 ms, 11 %; stalled 2.00 ms/,
    );
    const errors = page.locator('.routes tbody tr', { hasText: '/orders' }).locator('.c-err');
    await until(async () => (await errors.textContent()) === '100');
    if (isFleet) {
      // What this process received is beside the point.
      await page.locator('.figure', { hasText: '1 host' }).waitFor();
      expect(await page.locator('.figure', { hasText: /samples|rejected/ }).count()).toBe(0);
    } else {
      await page.locator('.figure', { hasText: 'samples/s' }).waitFor();
      const rejected = page.locator('.figure', { hasText: 'rejected' });
      const before = await rejected.textContent();
      await until(async () => (await rejected.textContent()) !== before);
    }

    await page.getByRole('link', { name: '/home' }).click();
    await page.waitForURL(/\/route\?.*path=/);
    const query = page.locator('.blocks tr', { hasText: 'db.query' });
    await query.waitFor();
    expect(await query.locator('.many').textContent()).toBe('37');
    expect(await query.locator('.nested').getAttribute('aria-label')).toMatch(/^4[89] % of the request/);
    await until(async () => (await page.locator('.plot canvas').count()) === 3);
    await page.locator('.statuses', { hasText: '200' }).waitFor();
    await until(async () =>
      /waits 21 of its 61 ms/.test((await page.locator('.sentence').textContent()) ?? ''),
    );
    // A link of its own: the same view after a reload.
    await page.reload();
    await page.locator('.blocks tr', { hasText: 'db.query' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('draws what was measured, zooms by dragging and steps back with Escape', async () => {
    start();
    const { page } = await browser.open(`${live.url}/route?service=shop&method=GET&path=%2Fhome`);
    const plot = page.locator('.plot').first();
    await plot.waitFor();
    // The value under the legend is the p95 that was sent.
    await until(async () => {
      const text = await page.locator('.chart-legend').first().textContent();
      return /p95\s*6[01]/.test(text ?? '');
    });
    const box = (await plot.locator('.u-over').boundingBox())!;
    const drag = async (from: number, to: number) => {
      await page.mouse.move(box.x + box.width * from, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * to, box.y + 40, { steps: 4 });
      await page.mouse.up();
    };
    await drag(0.2, 0.8);
    await page.waitForURL(/from=\d+&to=\d+/);
    const first = page.url();
    await drag(0.3, 0.7);
    await page.waitForURL((url) => url.href !== first);
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.href === first);
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('from'));
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.pathname === '/');
    await page.close();
  });

  it('is worked by keyboard', async () => {
    start();
    const { page } = await browser.open(live.url);
    await page.getByRole('link', { name: '/home' }).waitFor();
    await page.getByRole('link', { name: '/orders' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('ord');
    await until(async () => (await rowNames(page)).join() === '/orders');
    expect(new URL(page.url()).searchParams.get('q')).toBe('ord');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await until(async () => (await rowNames(page)).length > 1);

    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('c-p95');
    const tip = page.getByRole('tooltip');
    const words = isFleet
      ? /95 of 100 requests were quicker.*1 min, within [1-8] %/
      : /95 of 100 requests were quicker.*1 min, within 1 %/;
    await until(async () => words.test((await tip.textContent()) ?? ''));
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-describedby'))).toBe('tip');

    await page.keyboard.press('2');
    await page.waitForURL(/window=300/);
    await page.keyboard.press('p');
    await page.locator('.notice', { hasText: 'Paused' }).waitFor();
    const held = await page.locator('.routes tbody').textContent();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await page.locator('.routes tbody').textContent()).toBe(held);
    await page.keyboard.press('p');
    await until(async () => (await page.locator('.notice').count()) === 0);

    await page.keyboard.press('Enter');
    await page.waitForURL(/\/route\?/);
    await page.locator('.route-title').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.pathname === '/' && url.searchParams.get('window') === '300');
    await page.close();
  });

  it('keeps rows in place while the pointer is in the table', async () => {
    let loud = '/a';
    start(() => [
      request({ route: '/a', split: loud === '/a' ? [50, 0, 0, 450] : [1, 0, 0, 1] }),
      request({ route: '/b', split: loud === '/b' ? [90, 0, 0, 9000] : [1, 0, 0, 1] }),
      ...(loud === '/c' ? [request({ route: '/c', split: [90, 0, 0, 900_000] })] : []),
    ]);
    const { page } = await browser.open(live.url);
    await until(async () => (await rowNames(page)).join() === '/a,/b');
    await page.locator('.routes tbody tr').first().hover();
    loud = '/b';
    const mean = page.locator('.routes tbody tr', { hasText: '/b' }).locator('.bar-cell .num');
    await until(async () => Number((await mean.textContent())?.replace(/\D/g, '')) > 1000);
    expect(await rowNames(page)).toEqual(['/a', '/b']);
    await page.mouse.move(5, 5);
    await until(async () => (await rowNames(page)).join() === '/b,/a');
    // Leaving through a row lets go of the table too.
    await page.locator('.routes tbody a', { hasText: '/b' }).click();
    await page.locator('.route-title').waitFor();
    await page.mouse.move(5, 5);
    await page.goBack();
    loud = '/c';
    await until(async () => (await rowNames(page)).join() === '/c,/b,/a');
    await page.close();
  });

  it('sorts, filters, and tells in the URL', async () => {
    start();
    const { page } = await browser.open(live.url);
    await page.getByRole('link', { name: '/orders' }).waitFor();
    await page.getByRole('link', { name: '/report' }).waitFor();
    await page.getByRole('button', { name: 'rate' }).click();
    await until(async () => (await rowNames(page))[0] === '/home');
    expect(await page.locator('th.c-rate').getAttribute('aria-sort')).toBe('descending');
    await page.getByLabel('status').selectOption('5');
    await until(async () => (await rowNames(page)).join() === '/orders');
    await page.getByLabel('method').selectOption('GET');
    await page.getByRole('button', { name: /Show all/ }).click();
    await until(async () => (await rowNames(page)).length === 3);
    await page.close();
  });

  it('compares with a pinned moment', async () => {
    let idle = 20;
    let i = 0;
    start(() =>
      Array.from({ length: 25 }, () => {
        i += 1;
        return [
          request({ route: '/same', split: [2, 0, 0, 10 + (i % 7)] }),
          request({ route: '/slower', split: [2, 0, 0, idle + (i % 7)] }),
        ].join('\n');
      }),
    );
    const { page } = await browser.open(live.url);
    const shift = (route: string) =>
      page.locator('.routes tbody tr', { hasText: route }).locator('.c-p50 .shift');
    await page.getByRole('link', { name: '/slower' }).waitFor();
    // Enough requests for their percentiles to say something.
    await new Promise((resolve) => setTimeout(resolve, isFleet ? 4000 : 1500));
    await page.getByRole('button', { name: 'compare' }).click();
    await until(async () => (await shift('/slower').textContent()) === '≈');
    idle = 90;
    await until(async () => /^(\+|×)/.test((await shift('/slower').textContent()) ?? ''));
    expect(await shift('/same').textContent()).toBe('≈');
    await page.close();
  });

  it('greys out without a server, says how old the numbers are, and comes back', async () => {
    start();
    const { page } = await browser.open(live.url);
    await page.getByRole('link', { name: '/home' }).waitFor();
    const { port } = live;
    await live.close();
    await page.locator('.notice.lost', { hasText: /These numbers are \d+ s old/ }).waitFor();
    expect(await page.getByRole('link', { name: '/home' }).count()).toBe(1);
    await until(async () =>
      (await page.evaluate(() => getComputedStyle(document.querySelector('main')!).filter)).includes(
        'grayscale',
      ),
    );
    live = await startServer({ port });
    start();
    await until(async () => (await page.locator('.notice.lost').count()) === 0);
    await page.getByRole('link', { name: '/home' }).waitFor();
    await page.close();
  });
});
