import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../helpers.ts';
import { onMemoryFirst, pagesWith, request, rowNames } from './browser.ts';

const WELCOME = 'work_name:mails/welcome,work_kind:job';
const QUEUE = 'messaging_destination_name:mails,messaging_system:bullmq';
const ADS = 'server_address:ads.internal,http_request_method:GET';

/** A request, a job with a block and a call, one that failed, a schedule and an RPC. */
const units = () => [
  request({ route: '/home' }),
  [
    `shop.messaging.process:50|d|#${WELCOME},${QUEUE},outcome:ok,added_by:GET /home`,
    `shop.messaging.process:50|d|#${WELCOME},${QUEUE},outcome:error,error_type:TypeError`,
    `shop.messaging.process.cpu:4:4|d|#${WELCOME},${QUEUE}`,
    `shop.messaging.process.stalled:0:0|d|#${WELCOME},${QUEUE}`,
    `shop.messaging.process.loop_busy:2:2|d|#${WELCOME},${QUEUE}`,
    `shop.messaging.cpu_remote:90|c|#${WELCOME},${QUEUE}`,
    `shop.render:30:30|d|#${WELCOME}`,
    `shop.http.client.request:20:20|d|#${WELCOME},${ADS},http_response_status_code:200,block:render`,
    `shop.http.client.request.wait:18:18|d|#${WELCOME},${ADS},block:render`,
    'shop.work.run:7|d|#work_name:nightly report,work_kind:cron,outcome:ok',
    'shop.rpc.server.call:3|d|#work_name:shop.Orders/List,rpc_method:shop.Orders/List,work_kind:rpc,outcome:ok',
  ].join('\n'),
];

onMemoryFirst('units of every kind', (startServer) => {
  const open = pagesWith(startServer, units);
  const labels = (page: Page) => page.locator('.routes tbody .method').allTextContents();

  it('stand in one table, their label in place of the method, and can be filtered by kind', async () => {
    const page = await open('/');
    await until(async () => (await labels(page)).length === 4);
    expect((await labels(page)).sort()).toEqual(['CRON', 'GET', 'JOB', 'RPC']);
    expect((await rowNames(page)).sort()).toEqual([
      '/home',
      'mails/welcome',
      'nightly report',
      'shop.Orders/List',
    ]);
    const kind = page.getByLabel('kind', { exact: true });
    expect(await kind.locator('option').allTextContents()).toEqual(['kind', 'CRON', 'HTTP', 'JOB', 'RPC']);
    expect(await page.getByLabel('method', { exact: true }).locator('option').allTextContents()).toEqual([
      'method',
      'GET',
    ]);
    expect(await page.locator('.routes thead .c-remote').count()).toBe(1);
    const cell = page.locator('.routes tbody tr', { hasText: 'mails/welcome' }).locator('td.c-remote');
    expect(await cell.textContent()).not.toBe('-');
    await kind.selectOption('job');
    await until(async () => (await labels(page)).join() === 'JOB');
    expect(new URL(page.url()).searchParams.get('kind')).toBe('job');
    await kind.selectOption('request');
    await until(async () => (await rowNames(page)).join() === '/home');
    // A column for it alone where some row has it.
    await until(async () => (await page.locator('.routes thead .c-remote').count()) === 0);
  });

  it('a job has its parts, charts, blocks, calls and outcomes, and a place in Upstreams', async () => {
    const page = await open('/?kind=job');
    await page.locator('.routes tbody a', { hasText: 'mails/welcome' }).first().click();
    await page.locator('h1', { hasText: 'mails/welcome' }).waitFor();
    expect(await page.locator('h1 .method').textContent()).toBe('JOB');
    await page.locator('h2', { hasText: 'Outcomes' }).waitFor();
    const outcomes = page.getByLabel('Outcomes').locator('li');
    await until(async () => (await outcomes.count()) === 2);
    expect((await outcomes.allTextContents()).map((text) => text.replace(/\d.*/, ''))).toEqual([
      'error',
      'ok',
    ]);
    await page.locator('.chart, figure, section', { hasText: 'by outcome' }).first().waitFor();
    await until(async () =>
      /by outcome[\s\S]*ok[\s\S]*error/.test((await page.locator('body').textContent()) ?? ''),
    );
    await page.locator('table', { hasText: 'render' }).first().waitFor();
    await page.locator('table', { hasText: 'GET ads.internal' }).first().waitFor();
    await page.locator('.figures', { hasText: 'runs' }).waitFor();
    const adder = page.getByLabel('Added by').locator('li');
    await until(async () => /^GET \/home1/.test((await adder.allTextContents()).join()));
    // A job is no request, and what threads used for it is beside its bar.
    expect(await page.locator('.blocks thead small').allTextContents()).toContain('/run');
    expect(await page.locator('main').textContent()).not.toMatch(/\/request|of the request/);
    await page.locator('.split dl', { hasText: 'beside: threads45.0 ms' }).waitFor();
    await page.locator('.figures', { hasText: 'CPU in threads' }).waitFor();
    await adder.getByRole('link').click();
    await page.locator('h1', { hasText: '/home' }).waitFor();
    await page.getByRole('link', { name: 'Upstreams' }).click();
    await page.locator('.upstreams tbody').first().getByRole('button').click();
    const caller = page.locator('.upstreams .caller').first();
    await until(async () => /JOB mails\/welcome.*1 each time/.test((await caller.textContent()) ?? ''));
    await caller.getByRole('link').click();
    await page.locator('h2', { hasText: 'Outcomes' }).waitFor();
  });

  it('nothing is wider than a telephone, in both themes', async () => {
    for (const dark of [false, true]) {
      const page = await open('/', { width: 360, dark });
      await until(async () => (await labels(page)).length === 4);
      const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(await beyond()).toBeLessThanOrEqual(0);
      await page.locator('.routes tbody a', { hasText: 'mails/welcome' }).first().click();
      await page.getByLabel('Outcomes').waitFor();
      expect(await beyond()).toBeLessThanOrEqual(0);
    }
  });
});
