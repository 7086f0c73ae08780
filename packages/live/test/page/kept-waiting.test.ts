import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../helpers.ts';
import { onBothStores, pagesWith, request } from './browser.ts';

const HELLO = 'http_route:/hello,http_method:GET';
const REPORTS = 'http_route:/reports,http_method:POST';
const BY_REPORTS = 'culprit_kind:request,culprit_route:/reports,culprit_method:POST';

/** A cheap request that waits 3.9 ms unread, 3 of it for a burner; and the burner, alone on its way. */
const waiting = () => [
  request({ route: '/hello', split: [0.1, 0, 0, 0.1] }),
  [
    `shop.http.server.request.queued:3.9|d|#${HELLO}`,
    `shop.http.server.request.client:4.1|d|#${HELLO}`,
    `shop.http.server.request.delayed:0:0.5|d|#${HELLO}`,
    `shop.http.server.delay:3|c|#${HELLO},delay:queued,${BY_REPORTS}`,
    `shop.http.server.delay:0.9|c|#${HELLO},delay:queued,culprit_kind:outside,culprit_route:outside`,
    `shop.http.server.delay:0.5|c|#${HELLO},delay:delayed,${BY_REPORTS}`,
  ].join('\n'),
  request({ route: '/reports', method: 'POST', split: [30, 0, 0, 0] }),
  [
    `shop.http.server.request.queued:0|d|#${REPORTS}`,
    `shop.http.server.request.client:30|d|#${REPORTS}`,
    `shop.http.server.request.delayed:0|d|#${REPORTS}`,
  ].join('\n'),
];

onBothStores('what keeps routes waiting', (startServer) => {
  const open = pagesWith(startServer, waiting);
  const sentence = async (page: Page) => (await page.locator('.sentence').first().textContent()) ?? '';

  it('latency as clients see it stands beside wall, and the sentence says who held the loop', async () => {
    const page = await open('/');
    const row = page.locator('.routes tbody tr', { hasText: '/hello' });
    await until(async () => /^4\.\d+$/.test((await row.locator('.c-client').textContent()) ?? ''));
    await row.hover();
    await until(
      async () =>
        (await sentence(page)) ===
        'Clients wait 4.1 ms for GET /hello, of which 3.9 unread while POST /reports held the loop.',
    );
    await page.locator('.routes thead .c-client button').click();
    await until(async () =>
      (await page.locator('.routes tbody tr').first().textContent())!.includes('/reports'),
    );
  });

  it('a route tells who kept it waiting, and a culprit who pays', async () => {
    const page = await open('/route?service=shop&method=GET&path=%2Fhello');
    const kept = page.locator('section', { hasText: 'Kept waiting by' }).locator('.delays');
    await kept.waitFor();
    await until(async () => (await kept.locator('tbody tr').count()) === 2);
    const [first, second] = await kept.locator('tbody tr').allTextContents();
    expect(first).toMatch(/POST \/reports.*3\.00.*80/);
    expect(second).toContain('code of no request');
    await until(async () => (await page.locator('.figures').textContent())!.includes('client p95'));
    await kept.getByRole('link').click();
    await page.locator('.route-title', { hasText: '/reports' }).waitFor();
    const keeps = page.locator('section', { hasText: 'Keeps waiting' }).locator('.delays');
    await until(async () => /GET \/hello.*3\.00/.test((await keeps.textContent()) ?? ''));
  });

  it('nothing is wider than a telephone', async () => {
    const page = await open('/', { width: 360 });
    await page.locator('.routes tbody tr').first().waitFor();
    const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await beyond()).toBeLessThanOrEqual(0);
    await page.locator('.routes tbody a', { hasText: '/hello' }).click();
    await page.locator('.delays').first().waitFor();
    expect(await beyond()).toBeLessThanOrEqual(0);
  });
});
