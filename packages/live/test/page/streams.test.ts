import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LiveServer } from '../../src/server.ts';
import { until } from '../helpers.ts';
import { opened } from '../safety/clients.ts';
import { Browser, buildAll, inBrowser, request, startServer, traffic } from './browser.ts';

const STREAM = 'GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** To one server, in Chromium. */
const CONNECTIONS = 6;

inBrowser('pages side by side', () => {
  const browser = new Browser();
  let live: LiveServer;
  let stop: () => void;
  beforeAll(buildAll);
  beforeEach(async () => {
    live = await startServer();
    stop = traffic(live.statsdPort, () => [request({ route: '/home' })]);
  });
  afterEach(async () => {
    stop();
    await live.close();
  });
  afterAll(() => browser.close());

  const streams = async () => Number((await live.stats()).streams);

  it('a page beyond the last place says so, and shows what there is as soon as another one goes', async () => {
    const sockets = await Promise.all(Array.from({ length: 64 }, () => opened(live.port)));
    for (const socket of sockets) socket.resume().write(STREAM);
    await until(async () => (await streams()) === 64);
    const { page } = await browser.open(live.url);
    await page.getByText('No place for this page: 64 pages are open already; close one.').waitFor();
    sockets[0]!.destroy();
    await page.getByRole('link', { name: '/home' }).waitFor();
    expect(await page.getByText('No place for this page').count()).toBe(0);
    for (const socket of sockets) socket.destroy();
    await page.close();
  });

  it('pages that nobody sees leave the connections of the browser to those that are seen', async () => {
    const pages = [];
    const see = (how: 'hidden' | 'visible') => `
      Object.defineProperty(document, 'visibilityState', { value: '${how}', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));`;
    for (let i = 0; i <= CONNECTIONS; i++) {
      const { page } = await browser.open(live.url);
      await page.getByRole('link', { name: '/home' }).waitFor();
      // As a tab does that another one is put before.
      await page.evaluate(see('hidden'));
      pages.push(page);
      await until(async () => (await streams()) === 0);
    }
    const [first] = pages;
    const shown = () => first!.locator('.routes tbody tr').first().textContent();
    const before = await shown();
    await first!.evaluate(see('visible'));
    await until(async () => (await shown()) !== before);
    expect(await streams()).toBe(1);
    for (const page of pages) await page.close();
  });
});
