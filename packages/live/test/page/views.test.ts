import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWhole } from '../../../testkit/src/breadth.ts';
import type { LiveServer } from '../../src/server.ts';
import { until } from '../helpers.ts';
import { Browser, buildAll, onBothStores, request, rowNames, traffic } from './browser.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const LONG = `/${'long/'.repeat(2000)}end`;
const HOSTILE = [
  '/<img src=x onerror=window.pwned=1>',
  '/"><script>window.pwned=1</script>',
  '/\u202Egnirts-a\u202C/עברית/العربية',
  '/🦄/👩‍👩‍👧‍👧/:id',
  '/__proto__/constructor',
  "/'%22javascript:window.pwned=1",
];

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

const VIEWS: [name: string, path: string, ready: string][] = [
  ['routes', '/', '.routes tbody tr'],
  ['route', '/route?service=shop&method=GET&path=%2Fusers%2F%3Aid', '.blocks tbody tr'],
  ['upstreams', '/upstreams', '.upstreams tbody tr'],
  ['metrics', '/metrics-explorer?name=shop.http.server.request', '.plot canvas'],
  ['runtime', '/runtime', '.panel canvas'],
  ['events', '/events', '.event'],
  ['raw', '/raw', '.raw tbody tr'],
];

const SHAPES: [theme: string, width: number][] = [
  ['light', 1280],
  ['dark', 1280],
  ['dark', 360],
];
/** Over an engine it is the same page with other numbers: whether it holds them shows where there is least room. */
const NARROWEST = SHAPES.slice(-1);

/** The lines of one upstream call. */
const call = (tags: string) => {
  const all = `#http_route:/users/:id,http_method:GET,${tags}`;
  return `shop.http.client.request:3|d|${all}\nshop.http.client.request.wait:2|d|${all}`;
};

onBothStores('every view', (startServer, isFleet) => {
  const browser = new Browser();
  let live: LiveServer;
  let stop: () => void;

  beforeAll(async () => {
    buildAll();
    live = await startServer();
    stop = traffic(live.statsdPort, () => [
      request({ route: '/users/:id' }),
      request({ route: '/users/:id', status: 500, service: 'billing' }),
      'db.query:1:2:3|d|#http_route:/users/:id,http_method:GET\ndb.query.cpu:0.1|d|#http_route:/users/:id,http_method:GET',
      'shop.nodejs.rss:80000000|g\nshop.nodejs.eventloop.delay:3:4:9|d',
      'shop.bad:x|ms\n_e{6,5}:deploy|done!|t:success|h:web-1|#stage:prod\n_sc|db.up|2|m:refused|#db:orders',
      request({ route: LONG.slice(0, 800) }),
      ...HOSTILE.map((route) => request({ route })),
      ...HOSTILE.map((host) => call(`server_address:${host.replaceAll(',', ' ')},http_request_method:GET`)),
      call('server_address:ads.internal,http_request_method:GET,block:ads'),
      ...HOSTILE.map((route) => `shop.${route.replaceAll(':', '')}:1|c`),
      `shop.gauge:1|g|#text:${'x'.repeat(8000)}`,
    ]);
  });
  afterAll(async () => {
    stop?.();
    await browser.close();
    await live?.close();
  });

  const seriousOf = async (page: Page) => {
    // The page's policy keeps foreign scripts out: axe comes in through the debugger.
    await page.evaluate(readFileSync(AXE, 'utf8'));
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
      return (await axe.run()).violations;
    });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 3)
            .map((node) => node.html.slice(0, 200))
            .join(' | ')}`,
      );
  };

  describe.each(VIEWS)('%s', (_name, path, ready) => {
    it.each(isFleet && !isWhole ? NARROWEST : SHAPES)(
      'is accessible, quiet and whole: %s, %i px',
      async (theme, width) => {
        const { page, complaints } = await browser.open(live.url + path, { width, dark: theme === 'dark' });
        await page.locator(ready).first().waitFor();
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(ground).toBe(theme === 'dark' ? 'rgb(20, 21, 24)' : 'rgb(255, 255, 255)');
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(wider, 'pixels wider than the window').toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
        expect(await seriousOf(page)).toEqual([]);
        expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined();
        await page.close();
      },
    );
  });

  it('hostile names are text, and lead to their own route', async () => {
    const { page, complaints } = await browser.open(live.url);
    for (const name of HOSTILE.slice(0, 2)) {
      await until(async () => (await rowNames(page)).includes(name));
    }
    expect(await page.locator('.routes img, .routes script').count()).toBe(0);
    await page.locator('.routes tbody a', { hasText: 'onerror' }).click();
    await page.locator('.route-title', { hasText: HOSTILE[0]! }).waitFor();
    await page.locator('.figures').waitFor();
    expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('columns leave in order, never the route, p95 and the bar', async () => {
    const { page } = await browser.open(live.url);
    await page.locator('.routes tbody tr').first().waitFor();
    const shown: string[][] = [];
    for (const width of [1280, 1050, 940, 820, 720, 600, 360]) {
      await page.setViewportSize({ width, height: 800 });
      shown.push(
        await page
          .locator('.routes thead th')
          .evaluateAll((all) =>
            all
              .filter((th) => (th as HTMLElement).offsetParent !== null)
              .map((th) => th.className.replace(/ .*/, '')),
          ),
      );
    }
    expect(shown.map((columns) => columns.length)).toEqual([9, 8, 7, 6, 5, 4, 3]);
    expect(shown.at(-1)).toEqual(['c-route', 'c-p95', 'c-time']);
    await page.close();
  });

  it('the theme follows the system until it is switched, and stays switched', async () => {
    const { page } = await browser.open(live.url, { dark: true });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByRole('button', { name: 'Light theme' }).click();
    expect(await ground()).toBe('rgb(255, 255, 255)');
    await page.reload();
    await page.getByRole('button', { name: 'Dark theme' }).click();
    expect(await ground()).toBe('rgb(20, 21, 24)');
    await page.emulateMedia({ colorScheme: 'light' });
    await until(async () => (await ground()) === 'rgb(255, 255, 255)');
    await page.close();
  });

  it('raw shows what could not be read, with its reason, and only that if asked', async () => {
    const { page } = await browser.open(`${live.url}/raw`);
    await page.getByRole('button', { name: 'only errors' }).click();
    await until(async () => {
      const lines = await page.locator('.raw tbody tr').allTextContents();
      return lines.length > 0 && lines.every((line) => line.includes('shop.bad'));
    });
    expect(((await page.locator('.raw-error').first().textContent()) ?? '').length).toBeGreaterThan(5);
    await page.close();
  });

  it('metrics are found by name, split by a tag, and taken along', async () => {
    const { page } = await browser.open(`${live.url}/metrics-explorer`);
    await page.keyboard.press('/');
    await page.keyboard.type('billing request');
    await page.getByRole('link', { name: 'billing.http.server.request', exact: true }).click();
    await page.getByLabel('split by').selectOption('http_status_code');
    await page.locator('.chart-legend', { hasText: '500' }).waitFor();
    const queries = await page.locator('.queries pre').allTextContents();
    expect(queries[0]).toBe('p95:billing.http.server.request{*} by {http_status_code}');
    await page.close();
  });

  it('five hundred routes are shown, and one click away', async () => {
    const many = Array.from(
      { length: 500 },
      (_, i) => `big.http.server.request:${(i % 50) + 1}|d|#http_route:/r/${i},http_method:GET`,
    );
    const end = traffic(live.statsdPort, () => {
      const payloads: string[] = [];
      for (let i = 0; i < many.length; i += 15) payloads.push(many.slice(i, i + 15).join('\n'));
      return payloads;
    });
    const { page } = await browser.open(`${live.url}/?service=big`);
    await until(async () => (await page.locator('.routes tbody tr').count()) === 500);
    await page.locator('.routes tbody a', { hasText: '/r/499' }).click();
    await page.locator('.figures').waitFor();
    end();
    await page.close();
  });
});
