import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LiveServer } from '../../src/server.ts';
import { until } from '../helpers.ts';
import { Browser, buildAll, onMemoryFirst, request, rowNames, traffic } from './browser.ts';

const LONG_ROUTE = `/${'long/'.repeat(2000)}end`;
/** Ten thousand bytes, thirty thousand in a URL. */
const LONG_NAME = 'é'.repeat(5000);
const SERIES = 2000;

/** The lines of a request, each with further tags. */
const tagged = (route: string, tags: string) => request({ route }).replaceAll(/$/gm, `,${tags}`);

onMemoryFirst('what narrows a view, and what is much', (startServer, isFleet) => {
  const browser = new Browser();
  const lives: LiveServer[] = [];
  const stops: (() => void)[] = [];

  beforeAll(buildAll);
  afterAll(async () => {
    for (const stop of stops) stop();
    await browser.close();
    await Promise.all(lives.map((live) => live.close()));
  });

  const serve = async (payloads: () => string[]) => {
    const live = await startServer();
    lives.push(live);
    stops.push(traffic(live.statsdPort, payloads));
    return live;
  };
  const widerThanWindow = 'document.documentElement.scrollWidth - innerWidth';

  it('routes by any tag, by keyboard, in the URL, narrow, and back to all', async () => {
    const { url } = await serve(() => [
      tagged('/a', 'node:one,zone:eu:1'),
      tagged('/a', 'node:two'),
      tagged('/b', 'node:two'),
      'db.query:1|d|#http_route:/a,http_method:GET,node:one',
      'other.query:1|d|#http_route:/a,http_method:GET,node:two',
    ]);
    const { page, complaints } = await browser.open(url, { width: 360 });
    const label = (name: string) => page.getByLabel(name, { exact: true });
    const names = async () => (await rowNames(page)).sort().join();
    await until(async () => (await names()) === '/a,/b');

    await label('tag').focus();
    await page.keyboard.type('node');
    await label('any node').waitFor();
    expect(await names()).toBe('/a,/b');
    await page.keyboard.press('Tab');
    await page.keyboard.type('one');
    await until(async () => (await names()) === '/a');
    expect(new URL(page.url()).searchParams.get('tag')).toBe('node:one');
    expect(await page.evaluate(widerThanWindow)).toBeLessThanOrEqual(0);

    // A link of its own, and the route's page keeps to it.
    await page.reload();
    await until(async () => (await names()) === '/a');
    await page.locator('.routes tbody a').click();
    await page.locator('.notice', { hasText: 'Only node:one' }).waitFor();
    await until(async () => (await page.locator('.blocks tbody th').allTextContents()).join() === 'db.query');
    await page.keyboard.press('Escape');
    await until(async () => new URL(page.url()).searchParams.get('tag') === 'node:one');
    await page.locator('.routes tbody a').click();
    await page.locator('.notice').getByRole('button', { name: 'Show all' }).click();
    await until(async () => (await page.locator('.blocks tbody th').count()) === 2);
    await page.goto(`${url}/?tag=node:one`);

    await label('any node').selectOption('two');
    await until(async () => (await names()) === '/a,/b');
    await label('No tag').focus();
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).searchParams.has('tag')).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('tag');

    await label('tag').selectOption('zone');
    await label('any zone').selectOption('eu:1');
    await until(async () => (await names()) === '/a');
    // Standing still, the page answers what it is asked.
    await label('Pause').click();
    await label('tag').selectOption('node');
    await label('any node').selectOption('two');
    await until(async () => (await names()) === '/a,/b');
    await label('Go on').click();

    await page.goto(`${url}/?tag=__proto__:nobody`);
    await page.getByText('No route of the last 1 min fits.').waitFor();
    await page.getByRole('button', { name: 'Show all', exact: true }).click();
    await until(async () => (await names()) === '/a,/b');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('every view by host, in the URL, and the hosts of a route side by side', async () => {
    let round = 0;
    const { url } = await serve(() =>
      ['web-1', 'web-2', 'web-10', 'web-7'].flatMap((host) => {
        round++;
        const slow = host === 'web-7' ? 93 : 30;
        return Array.from({ length: 10 }, (_, i) =>
          tagged('/a', `host:${host}`).replaceAll(/:10\|d/g, `:${slow + ((i + round) % 5)}|d`),
        ).concat(`shop.nodejs.rss:${host === 'web-7' ? 9 : 5}0000000|g|#host:${host}`);
      }),
    );
    const { page, complaints } = await browser.open(`${url}/route?service=shop&method=GET&path=%2Fa`, {
      width: 360,
    });
    const names = () => page.locator('.hosts tbody th').allTextContents();
    await until(async () => (await names()).join() === 'web-1,web-2,web-7,web-10');
    const slow = page.locator('.hosts tbody tr', { hasText: 'web-7' });
    await until(async () =>
      /^(2\.[89]\d?|3(\.[0-2]\d?)?)×9\d\.\d$/.test((await slow.locator('.h-p95').textContent()) ?? ''),
    );
    expect(await slow.locator('.h-p95').getAttribute('data-say')).toMatch(
      /^The other hosts: 3\d\.\d ms \(median\)$/,
    );
    expect(await page.locator('.hosts .many').count()).toBeGreaterThan(0);
    await page
      .locator('.sentence', { hasText: /^web-7 takes (2\.[89]|3(\.[012])?) times as long as the others/ })
      .waitFor();
    expect(await page.evaluate(widerThanWindow)).toBeLessThanOrEqual(0);

    // The name leads to that host alone, and the choice goes along.
    await slow.getByRole('button').click();
    await page.locator('.notice', { hasText: 'Only host:web-7' }).waitFor();
    expect(new URL(page.url()).searchParams.get('host')).toBe('web-7');
    const p50 = page.locator('.figures > div').filter({ has: page.getByText('p50', { exact: true }) });
    await until(async () => /^9\d/.test((await p50.locator('dd').textContent()) ?? ''));
    expect(await page.locator('.hosts').count()).toBe(0);
    await page.getByRole('link', { name: 'Runtime' }).click();
    await page.locator('.panel canvas').first().waitFor();
    expect(await page.getByLabel('host', { exact: true }).inputValue()).toBe('web-7');
    await until(async () => /9\d/.test((await page.locator('.panel').textContent()) ?? ''));
    await page.getByLabel('host', { exact: true }).selectOption('web-1');
    await until(async () => /4[789]|5\d/.test((await page.locator('.panel').textContent()) ?? ''));
    await page.getByRole('link', { name: 'Routes' }).click();
    await until(async () => (await rowNames(page)).join() === '/a');
    await until(async () => /^3\d/.test((await page.locator('.routes tbody .c-p95').textContent()) ?? ''));
    await page.getByLabel('host', { exact: true }).selectOption('');
    await until(async () => /^9\d/.test((await page.locator('.routes tbody .c-p99').textContent()) ?? ''));
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('the numbers and blocks of a route by the stretch that its charts show', async () => {
    let isLater = false;
    const start = Math.floor(Date.now() / 1000);
    const { url } = await serve(() =>
      isLater
        ? [request({ route: '/a', status: 500 }), 'later:3|d|#http_route:/a,http_method:GET']
        : [request({ route: '/a' }), 'early:2|d|#http_route:/a,http_method:GET'],
    );
    const { page, complaints } = await browser.open(`${url}/route?service=shop&method=GET&path=%2Fa`);
    const blocks = async () => (await page.locator('.blocks tbody th').allTextContents()).sort().join();
    const errors = async () => {
      const figure = page
        .locator('.figures > div')
        .filter({ has: page.getByText('errors', { exact: true }) });
      return (await figure.locator('dd').textContent()) ?? '';
    };
    await until(async () => (await blocks()) === 'early');
    // The next second begins with other requests.
    await until(() => Date.now() / 1000 > start + 3);
    isLater = true;
    await until(async () => (await blocks()) === 'early,later' && (await errors()).includes('%'));

    await page.goto(`${page.url()}&from=${start - 6}&to=${start + 1}`);
    await until(async () => (await blocks()) === 'early');
    await until(async () => !(await errors()).includes('%'));
    expect(await page.locator('.statuses').textContent()).not.toContain('500');
    const heading = (await page.getByRole('heading', { name: 'Blocks' }).textContent()) ?? '';
    expect(heading).toMatch(/\d\d:\d\d:\d\d to \d\d:\d\d:\d\d/);
    // Where nothing was, the charts stay in their place.
    const top = () => page.evaluate('document.querySelector(".plot").getBoundingClientRect().top + scrollY');
    const place = await top();
    await page.goto(page.url().replace(/from=.*/, `from=${start - 60}&to=${start - 50}`));
    await page.locator('.figures', { hasText: /requests0\b/ }).waitFor();
    expect(await top()).toBe(place);
    await page.keyboard.press('Escape');
    await until(async () => (await blocks()) === 'early,later' && (await errors()).includes('%'));
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('two thousand metrics and one of two thousand series stay usable', async () => {
    const lines = Array.from({ length: SERIES }, (_, i) => [
      `shop.metric${i}:1|c`,
      `shop.wide:${i}|d|#user:${i}`,
    ]).flat();
    let at = 0;
    const { url } = await serve(() => {
      const payloads: string[] = [];
      for (let sent = 0; sent < 10; sent++, at = (at + 100) % lines.length) {
        payloads.push(lines.slice(at, at + 100).join('\n'));
      }
      return payloads;
    });
    const { page, complaints } = await browser.open(`${url}/metrics-explorer`);
    const rows = page.locator('.metrics tbody tr');
    // With the head, and as many as fit in the document.
    const counted = () => page.locator('.metrics').getAttribute('aria-rowcount');
    await until(async () => (await page.locator('.metrics').count()) === 1);
    await until(async () => (await counted()) === String(SERIES + 2));
    expect(await rows.count()).toBeLessThan(100);
    await page.keyboard.press('/');
    await page.keyboard.type('wide');
    await until(async () => (await rows.count()) === 1);
    expect((await rows.first().textContent())?.replace(/\D/g, '')).toContain(String(SERIES));
    await page.getByRole('link', { name: 'shop.wide' }).click();
    await page.locator('.plot canvas').first().waitFor();
    await page.getByLabel('split by').selectOption('user');
    await until(async () => (await page.locator('.chart-legend').count()) > 0);
    await page.getByRole('link', { name: 'Routes' }).click();
    await page.waitForURL((at) => at.pathname === '/');
    expect(await page.evaluate(widerThanWindow)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  // Engines are given the first 200 characters of a name: there is no page of its own to lead to.
  const inMemory = isFleet ? () => {} : it;
  inMemory('names of ten kilobytes, from a datagram and from a stream, lead to their own page', async () => {
    const live = await serve(() => [request({ route: LONG_ROUTE }), `packet.${LONG_NAME}:1|c`]);
    const tcp = connect({ port: live.statsdPort, host: '127.0.0.1' });
    stops.push(() => tcp.destroy());
    tcp.on('error', () => {});
    tcp.write(`stream.${LONG_NAME}:1|c\n`);
    const { page, complaints } = await browser.open(live.url, { width: 360 });
    const isWhole = async () => expect(await page.evaluate(widerThanWindow)).toBeLessThanOrEqual(0);
    const row = page.locator('.routes tbody a', { hasText: '/long/' });
    await row.waitFor();
    await isWhole();
    await row.click();
    await page.locator('.figures').waitFor();
    await until(async () => (await page.locator('.plot canvas').count()) > 0);
    await isWhole();
    await page.goto(`${live.url}/metrics-explorer`);
    for (const name of [`stream.${LONG_NAME}`, `packet.${LONG_NAME}`]) {
      await page.getByRole('link', { name: name.slice(0, 20) }).click();
      await until(async () => new URL(page.url()).searchParams.get('name') === name);
      await page.locator('.plot canvas').first().waitFor();
      await isWhole();
    }
    await page.goto(`${live.url}/raw`);
    await page.locator('.raw tbody tr').first().waitFor();
    await isWhole();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
