import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { LiveServer } from '../../src/server.ts';
import { until } from '../helpers.ts';
import { Browser, buildAll, inBrowser, request, startServer, traffic } from './browser.ts';

const DOCK = 560;

inBrowser('what the page tells and asks', () => {
  const browser = new Browser();
  const phone = new Browser({ hasTouch: true, isMobile: true });
  const ends: (() => unknown)[] = [];

  beforeAll(buildAll);
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(async () => {
    await browser.close();
    await phone.close();
  });

  const serve = async (payloads: () => string[], options = {}) => {
    const live: LiveServer = await startServer(options);
    ends.push(() => live.close());
    ends.push(traffic(live.statsdPort, payloads));
    return live;
  };
  const open = async (live: LiveServer, path: string, options = {}, by = browser) => {
    const { page, complaints } = await by.open(live.url + path, options);
    ends.push(() => page.close());
    ends.push(() => expect(complaints).toEqual([]));
    return page;
  };
  const isWhole = async (page: Page) =>
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      'pixels wider than the window',
    ).toBeLessThanOrEqual(0);

  it('events and service checks have a view: how checks stand, the worst first, and what happened', async () => {
    let isBroken = false;
    const live = await serve(() => [
      '_e{14,11}:Deploy <b>done|shop 1.4.2!|t:success|h:web-1|s:jenkins|k:deploy|#stage:prod,stage:eu,bare',
      '_e{6,3}:Backup|ok!|t:error',
      `_sc|db.can_connect|${isBroken ? 2 : 0}|h:web-1|#db:orders|m:refused`,
      '_sc|cache.ping|0',
      '_sc|queue.lag|1|#queue:mail|m:lag 34 s',
    ]);
    const page = await open(live, '/');
    await page.getByRole('link', { name: 'Events' }).click();
    const checks = page.locator('.checks tbody tr');
    await until(async () => (await checks.count()) === 3);
    const stands = async () => (await page.locator('.checks tbody .state').allTextContents()).join();
    expect(await stands()).toBe('warning,OK,OK');
    isBroken = true;
    await until(async () => (await stands()) === 'critical,warning,OK');
    expect(await checks.first().textContent()).toMatch(/db\.can_connect.*web-1.*refused.*db:orders/);

    const events = page.locator('.events .event');
    await events.first().waitFor();
    const deploy = events.filter({ hasText: 'Deploy <b>done' }).first();
    expect(await deploy.textContent()).toMatch(/success.*shop 1\.4\.2!.*web-1.*jenkins.*deploy/);
    expect(await deploy.locator('.tag-list li').allTextContents()).toEqual([
      'stage:prod',
      'stage:eu',
      'bare',
    ]);
    await page.getByLabel('alert').selectOption('error');
    await until(async () => {
      const titles = await page.locator('.event-title').allTextContents();
      return titles.length > 0 && titles.every((title) => title.includes('Backup'));
    });
    await page.getByRole('searchbox').fill('queue lag');
    await until(async () => (await checks.count()) === 1);
    await page.setViewportSize({ width: 360, height: 800 });
    await isWhole(page);
  });

  it('a red "rejected" leads to the reasons, by name with counts, and what would be right', async () => {
    const live = await serve(() => ['shop.bad:x|ms\nshop.bad:y|ms\nshop.worse:1|q\nfine:1|c']);
    const page = await open(live, '/');
    const link = page.locator('a.figure.alarm', { hasText: 'rejected' });
    await link.waitFor();
    await link.click();
    await page.waitForURL(/\/raw\?errors=1/);
    const groups = page.locator('.refusals tbody tr');
    await until(async () => (await groups.count()) === 2);
    const first = groups.first();
    expect(await first.locator('.j-name').textContent()).toBe('shop.bad');
    const count = async () => Number((await first.locator('.j-count').textContent())?.replace(/\D/g, ''));
    const before = await count();
    expect(before).toBeGreaterThanOrEqual(2);
    await until(async () => (await count()) > before);
    expect(((await first.locator('.j-remedy').textContent()) ?? '').length).toBeGreaterThan(5);
    await until(async () => {
      const lines = await page.locator('.raw tbody tr').allTextContents();
      return lines.length > 0 && lines.every((line) => !line.includes('fine'));
    });
    await page.setViewportSize({ width: 360, height: 800 });
    await isWhole(page);
  });

  it('raw shows what a line was read as, and whose rules are in force', async () => {
    const live = await serve(() => ['jobs:+3|g\njobs:5|g'], { rules: 'etsy' });
    const page = await open(live, '/raw');
    await page.locator('.raw-read', { hasText: 'changed by +3' }).first().waitFor();
    await page.getByText('Lines are read by Etsy’s rules, as --rules says.').waitFor();
  });

  it('each target that lines are forwarded to has its books', async () => {
    const target = createSocket('udp4');
    target.bind(0, '127.0.0.1');
    await once(target, 'listening');
    ends.push(() => target.close());
    const { port } = target.address() as AddressInfo;
    const forward = [`udp://127.0.0.1:${port}`, 'tcp://127.0.0.1:9'];
    const live = await serve(() => ['a:1|c\nb:2|c'], { forward });
    const page = await open(live, '/raw');
    const rows = page.locator('.forward tbody tr');
    await until(async () => (await rows.count()) === 2);
    const cells = async (row: number) =>
      (await rows.nth(row).locator('td').allTextContents()).map((text) => Number(text.replace(/\D/g, '')));
    await until(async () => ((await cells(0))[0] ?? 0) >= 10);
    expect((await cells(0)).slice(2)).toEqual([0, 0]);
    await page.locator('a.figure', { hasText: 'forwarded' }).waitFor();
  });

  it('asks where values cannot be milliseconds, and shows them as what they are', async () => {
    const live = await serve(
      () =>
        Array.from(
          { length: 5 },
          (_, i) => `flask.request:0.0${30 + i}|ms|#route:/users,method:GET,status:200`,
        ),
      { routes: ['flask.request'] },
    );
    const page = await open(live, '/');
    const question = page.locator('.unit-question');
    await question.waitFor();
    expect(await question.textContent()).toMatch(/these cannot be milliseconds/);
    await question.getByRole('button', { name: 'seconds', exact: true }).click();
    await question.waitFor({ state: 'detached' });
    const p50 = page.locator('.routes tbody tr').first().locator('.c-p50');
    await until(async () => /^3\d\.\d$/.test((await p50.textContent()) ?? ''));
    await page.goto(`${live.url}/metrics-explorer?name=flask.request&type=timing`);
    await until(async () => (await page.getByLabel('unit', { exact: true }).inputValue()) === 's');
  });

  it('a sender without parts says so, and a table without any gives their room to the names', async () => {
    const python = 'py.http.server.request:30|d|#http_route:/py,http_method:GET,http_status_code:200';
    const lines = [python, request({ route: '/node' })];
    const live = await serve(() => lines);
    const page = await open(live, '/');
    await page.locator('.routes tbody tr', { hasText: '/py' }).getByText('not sent by this app').waitFor();
    const width = () => page.locator('.routes thead .c-route').evaluate((cell) => cell.clientWidth);
    const narrow = await width();
    expect(await page.locator('.legend').count()).toBe(1);
    lines.length = 1;
    await page.goto(`${live.url}/?service=py`);
    await page.locator('.routes.means').waitFor();
    expect(await width()).toBeGreaterThan(narrow * 1.2);
    expect(await page.locator('.legend').count()).toBe(0);
  });

  it('long templates are cut in the middle, and what tells them apart is read', async () => {
    const long = '/api/v1/organisations/:organisationId/projects/:projectId/issues/:issueId';
    const ends = ['comments', 'attachments', 'watchers'];
    const live = await serve(() => ends.map((end) => request({ route: `${long}/${end}` })));
    for (const width of [1280, 390]) {
      const page = await open(live, '/', { width });
      await until(async () => (await page.locator('.cut-name').count()) === ends.length);
      const seen = await page
        .locator('.cut-name .cut-last')
        .evaluateAll((all) =>
          all.map((one) => ({ text: one.textContent, isWhole: one.scrollWidth <= one.clientWidth })),
        );
      expect(seen.map(({ text }) => text).sort()).toEqual(['/attachments', '/comments', '/watchers']);
      expect(seen.every(({ isWhole }) => isWhole)).toBe(true);
      const cut = await page
        .locator('.cut-first')
        .first()
        .evaluate((one) => one.scrollWidth > one.clientWidth);
      expect(cut).toBe(true);
    }
  });

  it('on a phone no text speaks of keys, and no explanation covers figures beside it', async () => {
    const live = await serve(() => [request({ route: '/home' }), request({ route: '/users' }), 'bad line']);
    for (const path of [
      '/',
      '/route?service=shop&method=GET&path=%2Fhome',
      '/metrics-explorer',
      '/raw',
      '/events',
    ]) {
      const page = await open(live, path, { width: 390 }, phone);
      await page.locator('.health b').first().waitFor();
      await page.getByLabel('Pause').tap();
      await page.locator('.notice', { hasText: 'Paused' }).waitFor();
      const said = await page.evaluate(() => {
        const attributes = [...document.querySelectorAll('[data-say],[placeholder]')].map(
          (one) => `${one.getAttribute('data-say') ?? ''} ${one.getAttribute('placeholder') ?? ''}`,
        );
        return [document.body.textContent, ...attributes].join('\n');
      });
      expect(said).not.toMatch(/\bpress\b|\bEsc\b|arrow keys|p pauses|\(p\)|\(\d\)| {2}\/$/im);
      await isWhole(page);
    }
    const page = await open(live, '/', { width: 390 });
    await page.locator('.routes tbody tr').nth(1).waitFor();
    await page.locator('.routes tbody .c-p95').first().hover();
    const tip = page.getByRole('tooltip');
    await tip.waitFor();
    const covered = await page.evaluate(() => {
      const box = document.querySelector('.tip')!.getBoundingClientRect();
      return [...document.querySelectorAll('.routes td, .figure')].filter((figure) => {
        const at = figure.getBoundingClientRect();
        return at.width > 0 && at.bottom > box.top && at.top < box.bottom;
      }).length;
    });
    expect(covered).toBe(0);
    expect(await page.evaluate(() => innerWidth)).toBeLessThanOrEqual(DOCK);
  });
});
