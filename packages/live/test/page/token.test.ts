import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LiveServer } from '../../src/server.ts';
import { Browser, buildAll, inBrowser, request, rowNames, startServer, traffic } from './browser.ts';

const TOKEN = 'vM3xk0wPq7_Ld9sA2zTb';

inBrowser('the page of a server with a token', () => {
  const browser = new Browser();
  let live: LiveServer;
  let stop: () => void;
  beforeAll(async () => {
    buildAll();
    live = await startServer({ token: TOKEN });
    stop = traffic(live.statsdPort, () => [request({ route: '/home' })]);
  });
  afterAll(async () => {
    stop?.();
    await browser.close();
    await live?.close();
  });

  it('asks for it, refuses a wrong one, and shows everything with the right one', async () => {
    const { page } = await browser.open(`${live.url}/?window=300`);
    const field = page.getByLabel('Token', { exact: true });
    await field.fill('not the token');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('This is not the token.').waitFor();
    await field.fill(TOKEN);
    await field.press('Enter');
    await page.locator('.routes tbody .path').first().waitFor();
    expect(await rowNames(page)).toEqual(['/home']);
    expect(page.url()).toBe(`${live.url}/?window=300`);
    // Out of reach for scripts of the page.
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.close();
  });

  it('is there at once for who opens the address that the server tells', async () => {
    const { page, complaints } = await browser.open(live.pageUrl);
    await page.locator('.routes tbody .path').first().waitFor();
    expect(page.url()).toBe(`${live.url}/`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('fits a telephone', async () => {
    const fresh = new Browser();
    try {
      const { page } = await fresh.open(live.url, { width: 360, dark: true });
      await page.getByLabel('Token', { exact: true }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      if (process.env.SHOTS) {
        await page.screenshot({ path: `${process.env.SHOTS}/token-dark-360.png` });
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.emulateMedia({ colorScheme: 'light' });
        await page.screenshot({ path: `${process.env.SHOTS}/token-light.png` });
      }
    } finally {
      await fresh.close();
    }
  });
});
