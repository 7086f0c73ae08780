import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LiveServer } from '../../src/server.ts';
import { until } from '../helpers.ts';
import { Browser, buildAll, onBothStores, request, traffic } from './browser.ts';

onBothStores('budgets on the page', (startServer) => {
  const browser = new Browser();
  let live: LiveServer;

  beforeAll(async () => {
    buildAll();
    const limits = { window: '2s', minRequests: 5 };
    live = await startServer({
      budgets: {
        routes: {
          'GET /home': { ...limits, severity: 'critical', wall: { p95: '40ms' } },
          'POST /report': { ...limits, wall: { p95: '10s' } },
        },
      },
    });
  });
  afterAll(async () => {
    await browser.close();
    await live.close();
  });

  it('a route over its budget stands out with how far and since when, until it is within it again', async () => {
    let slow = 61;
    const stop = traffic(live.statsdPort, () => [
      request({ route: '/home', split: [5, 0, 0, slow - 5] }),
      request({ route: '/report', method: 'POST', split: [5, 0, 0, 300] }),
    ]);
    const { page, complaints } = await browser.open(live.url);
    const row = page.locator('.routes tbody tr', { hasText: '/home' });
    const mark = row.locator('.budget');
    await mark.waitFor();
    await until(async () => /^p95 1\.5\d× \d+ s$/.test((await mark.textContent()) ?? ''));
    expect(await row.getAttribute('class')).toBe('over critical');
    expect(await mark.getAttribute('data-say')).toMatch(
      /^Over budget since \d\d:\d\d:\d\d\nwall p95\t6[01]\.?\d* ms\nlimit\t40\.0 ms$/,
    );
    const other = page.locator('.routes tbody tr', { hasText: '/report' });
    await other.waitFor();
    expect(await other.locator('.budget').count()).toBe(0);
    expect(await other.getAttribute('class')).toBeNull();
    slow = 20;
    await mark.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    stop();
    await page.close();
  });
});
