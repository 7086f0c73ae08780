import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { LiveServer } from '../../src/server.ts';
import { FakeClock, until } from '../helpers.ts';
import { Browser, buildAll, inBrowser, startServer, traffic } from './browser.ts';

const METRICS = 5000;

inBrowser('the metrics of the page', () => {
  const browser = new Browser();
  const ends: (() => unknown)[] = [];

  beforeAll(buildAll);
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => browser.close());

  const serve = async (payloads: () => string[], options = {}) => {
    const live: LiveServer = await startServer(options);
    ends.push(() => live.close());
    ends.push(traffic(live.statsdPort, payloads));
    return live;
  };
  const open = async (live: LiveServer, query: string, options = {}) => {
    const { page, complaints } = await browser.open(`${live.url}/metrics-explorer?${query}`, options);
    ends.push(() => page.close());
    ends.push(() => expect(complaints).toEqual([]));
    return page;
  };
  const legend = (page: Page) => page.locator('.chart-legend').first();

  /** How high above the lower edge of the plot, 0 to 1, its line is found, from left to right. */
  const lineOf = (page: Page) =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
      if (canvas === null) return [];
      const probe = document.createElement('i');
      probe.style.color = 'var(--accent)';
      document.body.append(probe);
      const [r, g, b] = getComputedStyle(probe)
        .color.match(/[\d.]+/g)!
        .map(Number) as [number, number, number];
      probe.remove();
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      const heights: number[] = [];
      for (let x = 0; x < width; x++) {
        for (let y = 0; y < height; y++) {
          const at = (y * width + x) * 4;
          const off = Math.abs(data[at]! - r) + Math.abs(data[at + 1]! - g) + Math.abs(data[at + 2]! - b);
          if (data[at + 3]! > 200 && off < 30) heights.push(1 - y / height);
        }
      }
      return heights;
    });

  it.each([
    ['a gauge', 'balance:-57|g', 'name=balance&type=gauge', /last\s*\u221257/],
    ['a rate', 'refunds:-3|c', 'name=refunds&type=count', /rate\s*\u2212\d/],
    ['a timing', 'drift:-4:-5:-6|ms', 'name=drift&type=timing&stat=mean', /mean\s*\u22125/],
  ])('%s below 0 is drawn as a line below 0', async (what, line, query, words) => {
    const page = await open(await serve(() => [line]), query);
    await until(async () => words.test((await legend(page).textContent()) ?? ''));
    // The upper edge is 0, where a rate begins; the line of a steady value is near the lower one.
    await until(async () => (await lineOf(page)).length > 10);
    const heights = await lineOf(page);
    expect(Math.min(...heights)).toBeLessThan(0.3);
    if (what === 'a rate') expect(Math.max(...heights)).toBeGreaterThan(0.9);
    else expect(Math.max(...heights)).toBeLessThan(0.3);
  });

  it('a gauge that goes through 0 is drawn whole', async () => {
    let round = 0;
    // Longer on each side than a second, of which a point is the least.
    const page = await open(
      await serve(() => [`mixed:${round++ % 24 < 12 ? 50 : -50}|g`], {}),
      'name=mixed&type=gauge&stat=min',
    );
    await until(async () => {
      const heights = await lineOf(page);
      return heights.some((height) => height > 0.8) && heights.some((height) => height < 0.3);
    });
  });

  it('a gauge that was set once shows its value, and still does when that is long ago', async () => {
    const clock = new FakeClock(Date.now());
    const live = await serve(() => [], { clock: clock.now });
    const stop = traffic(live.statsdPort, () => ['deploys.version:42|g|#stage:prod'], 60_000);
    await until(async () => (await live.stats()).samples > 0);
    stop();
    clock.advance(3);
    const page = await open(live, 'name=deploys.version&type=gauge');
    await until(async () => /last\s*42/.test((await legend(page).textContent()) ?? ''));
    clock.advance(600);
    await page.reload();
    await until(async () => /last\s*42/.test((await legend(page).textContent()) ?? ''));
    await until(async () => (await lineOf(page)).length > 10);
    expect(await page.locator('.metric-now').textContent()).toMatch(/^42/);
    await page.getByLabel('split by').selectOption('stage');
    await page.locator('.chart-legend').first().waitFor();
  });

  it('a split shows the largest, whatever came first, and the others as one with their true sum', async () => {
    const lines = Array.from(
      { length: 130 },
      (_, i) => `api.calls:${i === 125 ? 500 : 1}|c|#customer:c${String(i).padStart(3, '0')}`,
    );
    const live = await serve(() => [lines.slice(0, 65).join('\n'), lines.slice(65).join('\n')]);
    const page = await open(live, 'name=api.calls&type=count&by=customer&stat=count');
    const item = (name: string) => legend(page).locator('li', { hasText: name });
    await item('c125').waitFor();
    await item('122 others').waitFor();
    const number = async (name: string) =>
      Number((await item(name).locator('b').textContent())?.replace(/\D/g, '')) || 0;
    // Each of the others counts what c000 counts.
    await until(async () => {
      const [all, one] = [await number('others'), await number('c000')];
      return one > 0 && Math.abs(all / one / 122 - 1) < 0.01;
    });
    expect((await legend(page).locator('li').allTextContents()).length).toBe(10);
  });

  it('narrows by any tags, by keyboard too, and keeps them in the URL', async () => {
    const live = await serve(() => [
      'jobs.done:1|c|#queue:mail,zone:eu:1',
      'jobs.done:10|c|#queue:mail,zone:us',
      'jobs.done:100|c|#queue:sms,zone:us',
    ]);
    const page = await open(live, 'name=jobs.done&type=count&stat=count&by=zone');
    await page.getByLabel('filter by', { exact: true }).selectOption('queue');
    await page.getByLabel('any queue').focus();
    await until(async () => (await page.getByLabel('any queue').locator('option').count()) === 3);
    await page.keyboard.type('mail');
    await until(async () => {
      const text = (await legend(page).textContent()) ?? '';
      return text.includes('eu:1') && text.includes('us');
    });
    expect(new URL(page.url()).searchParams.getAll('where')).toEqual(['queue:mail']);
    await page.getByLabel('filter by', { exact: true }).selectOption('zone');
    await page.getByLabel('any zone').selectOption('eu:1');
    await until(async () => !((await legend(page).textContent()) ?? '').includes('us'));
    await page.reload();
    await until(async () => ((await legend(page).textContent()) ?? '').includes('eu:1'));
    expect(new URL(page.url()).searchParams.getAll('where')).toEqual(['queue:mail', 'zone:eu:1']);
    await page.getByRole('button', { name: 'No filter by zone' }).click();
    await until(async () => ((await legend(page).textContent()) ?? '').includes('us'));
  });

  it('plain timings have a sum and a heat map, with an axis where there is one bin', async () => {
    const live = await serve(() => ['job.time:42|ms']);
    const page = await open(live, 'name=job.time&type=timing');
    await page.getByRole('button', { name: 'sum', exact: true }).click();
    await until(async () => /sum\s*\d/.test((await legend(page).textContent()) ?? ''));
    await page.getByRole('button', { name: 'heat', exact: true }).click();
    await page.getByText('Heat map').waitFor();
    await until(async () => (await lineOf(page)).length > 100);
    // Labels at the left of the plot, in at least two places.
    const labels = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas')!;
      const [width, height] = [50, canvas.height - 40];
      const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      let rows = 0;
      let isInside = false;
      for (let y = 0; y < height; y++) {
        let hasInk = false;
        for (let x = 0; x < width; x++) hasInk ||= data[(y * width + x) * 4 + 3]! > 100;
        if (hasInk && !isInside) rows++;
        isInside = hasInk;
      }
      return rows;
    });
    expect(labels).toBeGreaterThanOrEqual(2);
  });

  it('a gauge of several series says what its number is', async () => {
    const live = await serve(() => ['queue.depth:90|g|#queue:mail\nqueue.depth:10|g|#queue:sms']);
    const page = await open(live, 'name=queue.depth&type=gauge&stat=sum');
    await until(async () => /sum\s*100/.test((await legend(page).textContent()) ?? ''));
    await page.getByText(/of its 2 series/).waitFor();
  });

  it(`a list of ${METRICS} metrics has the rows in sight in the document, and keeps its place`, async () => {
    const lines = Array.from(
      { length: METRICS },
      (_, i) => `shop.metric${String(i).padStart(4, '0')}:${i}|${i % 2 ? 'g' : 'c'}`,
    );
    let at = 0;
    const live = await serve(
      () => {
        const payloads: string[] = [];
        for (let sent = 0; sent < 10; sent++, at = (at + 50) % METRICS) {
          payloads.push(lines.slice(at, at + 50).join('\n'));
        }
        return payloads;
      },
      { maxSeries: 6000 },
    );
    await until(async () => (await live.stats()).series === METRICS);
    const page = await open(live, '');
    const rows = page.locator('.metrics tbody tr:not(.gap)');
    await rows.first().waitFor();
    expect(await rows.count()).toBeLessThan(100);
    expect(await page.locator('.metrics').getAttribute('aria-rowcount')).toBe(String(METRICS + 1));

    // By keyboard to the end and back, over rows that are not there yet.
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    const focused = () => page.evaluate(() => document.activeElement?.closest('tr')?.dataset.key);
    await until(async () => (await focused()) === `gauge shop.metric${METRICS - 1}`);
    await page.keyboard.press('ArrowUp');
    await until(async () => (await focused()) === `count shop.metric${METRICS - 2}`);
    await page.keyboard.press('Home');
    await until(async () => (await focused()) === 'count shop.metric0000');

    // A click far down shows the metric and leaves the list where it is.
    await page.locator('.metrics-box').evaluate((box) => box.scrollTo(0, 60_000));
    const link = page.getByRole('link', { name: 'shop.metric1881' });
    await link.waitFor();
    const top = () => link.evaluate((one) => one.getBoundingClientRect().top);
    const before = await top();
    await link.click();
    await page.locator('.metric-title', { hasText: 'shop.metric1881' }).waitFor();
    expect(await top()).toBe(before);
    expect(await page.locator('.metric-now').textContent()).toMatch(/^1.880/);
    // So it is when the view was left and is come back to.
    await page.getByRole('link', { name: 'Raw' }).click();
    await page.goBack();
    await link.waitFor();
    expect(Math.abs((await top()) - before)).toBeLessThan(2);

    // By its columns, with the last value and when it was seen.
    await page.getByRole('button', { name: 'last', exact: true }).first().click();
    await page.locator('.metrics-box').evaluate((box) => box.scrollTo(0, 0));
    await until(async () => /metric4999/.test((await rows.first().textContent()) ?? ''));
    expect(await rows.first().locator('.m-seen').textContent()).toMatch(/^\d+ s$/);
    expect(await rows.first().locator('.m-value').textContent()).toMatch(/^5.000$/);
    expect(await page.locator('.metrics th.m-value').getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('searchbox').fill('metric12');
    await until(async () => (await page.locator('.metrics').getAttribute('aria-rowcount')) === '101');
  });
});
