import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { ProfileData } from 'routemeter/profile';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { until } from '../helpers.ts';
import { DATA, PACED, thread } from '../profiles/thread.ts';
import { Browser, buildAll, inBrowser, startServer } from './browser.ts';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The same route after a change: the sum takes all of it. */
const CHANGED: ProfileData = {
  ...DATA,
  samples: { ...DATA.samples, stack: [4, 3, 3, 3, 3, 3, 3, 3, 3, 3] },
  shares: { sample: [], share: [] },
  stalls: [],
};

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

inBrowser('profiles', () => {
  const browser = new Browser();
  const ends: (() => unknown)[] = [];
  beforeAll(buildAll);
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => browser.close());

  /** The page of a server that an application takes orders of. */
  const open = async (path: string, options = {}) => {
    const live = await startServer();
    ends.push(() => live.close());
    const address = (await live.takeOrders())!;
    const app = await thread(address);
    await until(
      async () =>
        ((await (await fetch(`${live.url}/api/profiles`)).json()) as { threads: [] }).threads.length > 0,
    );
    const { page, complaints } = await browser.open(live.url + path, options);
    ends.push(() => page.close());
    ends.push(() => expect(complaints).toEqual([]));
    return { live, address, app, page };
  };
  type App = Awaited<ReturnType<typeof thread>>;

  /** Presses the button, and lets the application answer. */
  const take = async (page: Page, app: App, data = DATA) => {
    await page.getByRole('button', { name: 'Profile 10 s' }).click();
    const { id, profile } = await app.next();
    expect(profile).toMatchObject({ seconds: 10 });
    await page.getByRole('progressbar').waitFor();
    app.say({ id, started: { held: 12 } });
    app.say({ id, data: [data] });
  };
  const frames = (page: Page) => page.locator('.flame-box g.frame');
  const frame = (page: Page, name: string) => page.getByRole('treeitem', { name: new RegExp(`^${name},`) });
  /** How much of the graph's width a frame has, or comes to have when it has moved. */
  const partOf = (page: Page, name: string) =>
    expect.poll(async () => {
      const [own, whole] = await Promise.all([
        frame(page, name).locator('rect').boundingBox(),
        page.locator('.flame-box').boundingBox(),
      ]);
      return own!.width / whole!.width;
    });

  it('are taken of one application, where several take orders', async () => {
    const { page, address, app } = await open('/profile');
    const more = [
      await thread(address, 1, { host: 'web-1', program: '/srv/shop/server.js' }),
      await thread(address, 2, { host: 'web-2', program: '/srv/shop/server.js' }),
    ];
    const choice = page.getByRole('combobox', { name: 'all applications' });
    await choice.selectOption({ label: '/srv/shop/server.js on web-2' });
    await page.getByText(/its start holds the loop for up to 50 ms$/).waitFor();
    await page.getByRole('button', { name: 'Profile 10 s' }).click();
    const { id, profile } = await more[1]!.next();
    expect(profile).toMatchObject({ seconds: 10 });
    more[1]!.say({ id, data: [DATA] });
    await page.locator('.units tbody tr').first().waitFor();
    expect([app.orders, more[0]!.orders]).toEqual([[], []]);
  });

  it('are taken at the press of a button that tells what it costs, and open by route', async () => {
    const { page, app } = await open('/profile');
    await page.getByText('its start holds the loop for up to 50 ms').waitFor();
    await take(page, app);
    const rows = page.locator('.units tbody tr');
    await rows.first().waitFor();
    expect(await page.locator('.units tbody th').allTextContents()).toEqual(['POST /report', 'nobody’s']);
    expect(await page.locator('.holds li').first().textContent()).toBe(
      'POST /report holds the loop 4 ms in spawnSync, called by report at report.js:41.',
    );
    expect(await page.locator('.sentence').first().textContent()).toContain(
      'Its start held the loop for 12.0 ms.',
    );

    await page.getByRole('link', { name: 'POST /report' }).click();
    await frame(page, 'report').waitFor();
    expect(await page.locator('.sentence').textContent()).toContain(
      '~9.00 ms of CPU and ~4.00 ms stalled in 9 samples.',
    );
    // As wide as what they used: 13 of 13, 4 of 13, 3 of 13.
    await partOf(page, 'report').toBeCloseTo(1, 1);
    await partOf(page, 'spawnSync').toBeCloseTo(4 / 13, 1);
    await partOf(page, 'sum').toBeCloseTo(3 / 13, 1);
    // What held the loop is hatched, and no colour has to tell it.
    expect(await frame(page, 'spawnSync').locator('rect').getAttribute('fill')).toBe(
      'url(#flame-stalled-node)',
    );
    const cells = await page.locator('.functions tbody tr').first().locator('th, td').allTextContents();
    expect(cells).toEqual(['report', '6.00', '13.0', '~46', 'report.js:41']);
  });

  it('show a block alone, and another measure', async () => {
    const { page, app } = await open('/profile');
    await take(page, app);
    await page.getByRole('link', { name: 'POST /report' }).click();
    await page.getByRole('navigation', { name: 'Blocks' }).getByRole('link', { name: 'sum' }).click();
    await page.getByText('~3.00 ms of CPU and ~0 ms stalled in 3 samples.').waitFor();
    await expect.poll(() => frame(page, 'spawnSync').count()).toBe(0);
    await page.getByRole('link', { name: 'all of it' }).click();
    await frame(page, 'spawnSync').waitFor();
    await page.getByLabel('Measure').selectOption('cpu');
    // It used none.
    await expect.poll(() => frame(page, 'spawnSync').count()).toBe(0);
    await page.getByLabel('Measure').selectOption('samples');
    await expect
      .poll(() => page.locator('.functions tbody tr').first().locator('td').first().textContent())
      .toBe('4');
  });

  it('zoom and search by mouse and by keyboard', async () => {
    const { page, app } = await open('/profile');
    await take(page, app);
    await page.getByRole('link', { name: 'POST /report' }).click();
    await frame(page, 'sum').waitFor();
    const isWide = (name: string) => partOf(page, name).toBeGreaterThan(0.95);

    await frame(page, 'sum').click();
    await isWide('sum');
    await page.locator('.flame-box g.frame').first().click();
    await partOf(page, 'sum').toBeLessThan(0.3);

    await page.locator('.flame-box g.frame[tabindex="0"]').focus();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    for (const [key, name] of [
      ['ArrowDown', 'report'],
      ['ArrowDown', 'spawnSync'],
      ['ArrowRight', 'sum'],
      ['ArrowLeft', 'spawnSync'],
      ['ArrowUp', 'report'],
      ['ArrowDown', 'spawnSync'],
    ]) {
      await page.keyboard.press(key!);
      expect(await focused(), `${key}`).toMatch(new RegExp(`^${name},`));
    }
    await page.keyboard.press('Enter');
    await isWide('spawnSync');
    expect(await focused()).toMatch(/^spawnSync,/);
    await page.keyboard.press('Escape');
    await partOf(page, 'sum').toBeLessThan(0.3);
    // Zoomed out, the key leaves the view.
    await page.keyboard.press('Escape');
    await page.locator('.units').waitFor();
    await page.goBack();

    await frame(page, 'sum').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('SUM');
    await expect.poll(() => page.locator('.flame-box .found').count()).toBe(1);
    expect(await page.getByRole('status').allTextContents()).toContain('Found: 1 frame, 23 % of all');
    expect(await page.locator('.functions tbody th').allTextContents()).toEqual(['sum']);
    // What came from a person is text, and no pattern.
    await page.getByRole('searchbox').fill('(');
    await expect.poll(() => page.locator('.flame-box .found').count()).toBe(0);
  });

  it('stand beside another one, and are downloaded', async () => {
    const { page, app, live } = await open('/profile');
    await take(page, app);
    await page.locator('.units').waitFor();
    await take(page, app, CHANGED);
    await page.getByText('2: ').first().waitFor({ state: 'attached' });
    await page.locator('.units').getByRole('link', { name: 'POST /report' }).click();
    await page.getByLabel('Compare with').selectOption('1');
    await page.locator('.f-more, .f-less').first().waitFor();
    const rows = await page.locator('.functions tbody tr').allTextContents();
    expect(rows[0]).toMatch(/^sum.*~100.*23/);
    expect(rows.find((row) => row.startsWith('spawnSync'))).toMatch(/~0.*31/);

    const link = page.getByRole('link', { name: '.cpuprofile' });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe('profile-2-http-POST-report.cpuprofile');
    const file = JSON.parse(await readFile(await download.path(), 'utf8')) as { samples: number[] };
    expect(file.samples.length).toBeGreaterThan(1);
    expect(live.url).toContain('http');
  });

  it('tell what the slowest requests did apart from the others', async () => {
    const { page, app } = await open('/profile');
    await take(page, app, PACED);
    await page.getByRole('link', { name: 'POST /report' }).click();
    await page
      .getByRole('navigation', { name: 'Slow ones' })
      .getByRole('link', { name: 'the slowest' })
      .click();
    await page
      .getByText(
        '1 of 20 took longer than 120 ms: each used ~0 ms of CPU and stalled ~4.00 ms, ' +
          'each of the others ~0.474 ms and ~0 ms.',
      )
      .waitFor();
    await expect.poll(() => frame(page, 'sum').count()).toBe(0);
    await page.locator('.f-more').first().waitFor();
    const rows = await page.locator('.functions tbody tr').allTextContents();
    expect(rows[0]).toMatch(/^spawnSync.*~100.*0/);
    expect(rows.find((row) => row.startsWith('sum'))).toMatch(/~0.*33/);
    await page.getByRole('link', { name: 'fast and slow' }).click();
    await frame(page, 'sum').waitFor();
  });

  it('that cannot be taken say why', async () => {
    const { page, app } = await open('/profile');
    await page.getByRole('button', { name: 'Profile 10 s' }).click();
    const { id } = await app.next();
    app.say({ id, error: { code: 'RM_PROFILE_REFUSED', message: 'the inspector is not to be had' } });
    await page.getByText('Process 77: the inspector is not to be had').waitFor();
    app.socket.destroy();
    await expect.poll(() => page.getByRole('button', { name: 'Profile 10 s' }).isDisabled()).toBe(true);
  });

  it('need an application, and the page says so', async () => {
    const live = await startServer();
    ends.push(() => live.close());
    const { page } = await browser.open(`${live.url}/profile`);
    ends.push(() => page.close());
    await page.getByText('No application takes orders of this server.').waitFor();
  });

  for (const dark of [false, true]) {
    for (const width of [360, 1280]) {
      it(`can be read by everybody, ${dark ? 'dark' : 'light'}, ${width} px wide`, async () => {
        const { page, app } = await open('/profile', { dark, width });
        await take(page, app);
        await page.getByRole('link', { name: 'POST /report' }).click();
        await frame(page, 'sum').waitFor();
        // Labels come in with the movement.
        await expect
          .poll(() => page.locator('.d3-flame-graph-label', { hasText: 'report' }).count())
          .toBeGreaterThan(0);
        expect(await frames(page).count()).toBe(4);
        await page.evaluate(AXE);
        const found = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
          return (await axe.run()).violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(found).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      });
    }
  }
});
