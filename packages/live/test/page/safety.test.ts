import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { scenario } from '../../../testkit/src/reliability/scenario.ts';
import { until } from '../helpers.ts';
import { Browser, buildAll, inBrowser, startServer, traffic } from './browser.ts';

const HEADERS = {
  'content-security-policy':
    /^default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-resource-policy': /^same-origin$/,
};

/** What a page of somebody else tries on the server at `target`; resolves with what it got to know. */
async function attack(target: string): Promise<string[]> {
  const got: string[] = [];
  const tried = async (name: string, action: () => Promise<unknown>) => {
    const result = await action().catch(() => 'refused');
    if (result !== 'refused') got.push(`${name}: ${String(result)}`);
  };
  const element = (name: string, tag: string, source: string, attribute = 'src') =>
    tried(
      name,
      () =>
        new Promise((resolve, reject) => {
          const made = document.createElement(tag);
          made.onload = () => resolve('loaded');
          made.onerror = () => reject(new Error(name));
          made.setAttribute(attribute, target + source);
          if (tag === 'link') made.setAttribute('rel', 'stylesheet');
          document.body.append(made);
        }),
    );
  const text = (response: Response) => response.text();
  await tried('fetch', () => fetch(`${target}/api/raw`).then(text));
  await tried('fetch of the page', () => fetch(target).then(text));
  await tried('fetch of /metrics', () => fetch(`${target}/metrics`).then(text));
  await tried('fetch with credentials', () =>
    fetch(`${target}/api/raw`, { credentials: 'include' }).then(text),
  );
  await tried('fetch with a header', () =>
    fetch(`${target}/api/raw`, { headers: { 'x-a': 'b' } }).then(text),
  );
  await tried('blind reset', () => fetch(`${target}/api/reset`, { method: 'POST', mode: 'no-cors' }));
  await tried('preflighted reset', () =>
    fetch(`${target}/api/reset`, { method: 'POST', headers: { 'x-a': 'b' } }),
  );
  await tried('beacon', async () => {
    // It tells nothing of the answer; whether it worked shows in the server.
    navigator.sendBeacon(`${target}/api/reset`);
    return 'refused';
  });
  await tried(
    'event stream',
    () =>
      new Promise((resolve, reject) => {
        const source = new EventSource(`${target}/api/stream`);
        source.onopen = () => resolve('open');
        source.onerror = () => {
          source.close();
          reject(new Error('refused'));
        };
      }),
  );
  await element('script', 'script', '/api/raw');
  await element('image', 'img', '/favicon.svg');
  await element('style', 'link', '/api/raw', 'href');
  // A form is a navigation, which the browser lets through.
  const frame = document.createElement('iframe');
  frame.name = 'into';
  const form = document.createElement('form');
  Object.assign(form, { method: 'POST', action: `${target}/api/reset`, target: 'into' });
  document.body.append(frame, form);
  const sent = new Promise((resolve) => {
    frame.onload = resolve;
  });
  form.submit();
  await sent;
  return got;
}

inBrowser('in a browser', () => {
  beforeAll(buildAll);
  const browser = new Browser({ args: ['--host-resolver-rules=MAP evil.example 127.0.0.1'] });
  afterAll(() => browser.close());

  scenario('live-foreign-pages', [90, 90], async () => {
    const live = await startServer();
    const foreign = createServer((_req, res) =>
      res.setHeader('content-type', 'text/html').end('<!doctype html><body>'),
    );
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    const { port } = foreign.address() as AddressInfo;
    const stop = traffic(live.statsdPort, () => ['secret:1|c']);
    await until(async () => (await live.stats()).series === 1);
    stop();
    const origins = [`http://127.0.0.1:${port}`, `http://localhost:${port}`, `http://evil.example:${port}`];
    try {
      for (const origin of origins) {
        const { page } = await browser.open(origin);
        expect(await page.evaluate(attack, live.url), origin).toEqual([]);
        const { series, streams } = await live.stats();
        expect({ series, streams }).toEqual({ series: 1, streams: 0 });
        // A link is all right.
        await page.evaluate((url) => location.assign(url), live.url);
        await page.waitForURL(`${live.url}/`);
        await page.locator('header').first().waitFor();
        await page.close();
      }
      // A name of theirs that leads here makes this server theirs, for the browser.
      const { page } = await browser.open(`http://evil.example:${live.port}/`);
      expect(await page.locator('body').textContent()).toContain('FOREIGN_HOST');
      const read = await page.evaluate(async () => [
        (await fetch('/api/raw')).status,
        (await fetch('/api/reset', { method: 'POST' })).status,
        (await fetch('/')).status,
      ]);
      expect(read).toEqual([403, 403, 403]);
      expect((await live.stats()).series).toBe(1);
      await page.close();
    } finally {
      await live.close();
      foreign.close();
    }
    return {
      tried: `13 ways to read, write or embed from each of ${origins.length} other origins; a foreign name that leads to 127.0.0.1`,
      saw: 'nothing read, nothing reset, no stream open; links work',
      lost: 'nothing',
    };
  });

  scenario('live-markup', [90, 90], async () => {
    const payloads = [
      '<img src=x onerror=window.pwned=1>',
      '<svg onload=window.pwned=1>',
      '"><script>window.pwned=1</script>',
      '</title><script>window.pwned=1</script>',
      'javascript:window.pwned=1',
      '{{constructor.constructor("window.pwned=1")()}}',
      '<iframe srcdoc="<script>parent.pwned=1</script>">',
    ];
    const route = (i: number) => `/x${payloads[i]!.replaceAll(/[:,|]/g, '')}`;
    const live = await startServer({
      command: payloads[0]!,
      budgets: { routes: { [`GET ${route(0)}`]: { window: '2s', minRequests: 1, wall: { p95: '1ms' } } } },
    });
    const stop = traffic(live.statsdPort, () =>
      payloads.flatMap((payload, i) => {
        const safe = payload.replaceAll(/[:,|]/g, '');
        const tags = `#http_route:${route(i)},http_method:GET,http_status_code:200,${safe}:k,host:${safe}`;
        return [
          `shop.http.server.request:9|d|${tags}`,
          `shop.http.server.request:9|d|#http_route:/m${i},http_method:${safe},http_status_code:${safe}`,
          `${safe}.http.server.request:9|d|#http_route:/s${i},http_method:GET`,
          `db${safe}:3|d|#http_route:${route(i)},http_method:GET`,
          `${safe}:1|c`,
          `nodejs.${safe}:1|g|#kind:${safe}`,
          `bad${payload}`,
          `_e{${payload.length},${payload.length}}:${payload}|${payload}|#${safe}`,
          `_sc|${safe}|0|m:${safe}`,
        ];
      }),
    );
    const check = async (page: Page, complaints: string[], where: string) => {
      expect(await page.evaluate(() => (window as { pwned?: number }).pwned), where).toBeUndefined();
      // The page has none of these of its own; what came over the wire may not become one.
      const made = 'img, iframe, script:not([src]), svg[onload], a[href^="javascript:"], [onerror]';
      expect(await page.locator(made).count(), where).toBe(0);
      expect(complaints, where).toEqual([]);
    };
    const views = [
      ['/', '.routes tbody tr', '.routes'],
      [`/route?service=shop&method=GET&path=${encodeURIComponent(route(0))}`, '.blocks tbody tr', 'body'],
      ['/metrics-explorer', 'main', 'main'],
      [`/metrics-explorer?name=${encodeURIComponent(payloads[0]!)}`, 'main', 'main'],
      ['/runtime', 'main', 'main'],
      ['/raw', '.raw tbody tr', '.raw'],
    ] as const;
    try {
      await until(async () => (await live.stats()).samples > 50);
      for (const [path, ready, inside] of views) {
        const { page, complaints } = await browser.open(live.url + path);
        await page.locator(ready).first().waitFor();
        if (path !== '/runtime')
          await page.locator(inside, { hasText: 'onerror=window.pwned' }).first().waitFor();
        // Tooltips are made of the same strings.
        for (const said of (await page.locator('[data-say]').all()).slice(0, 2))
          await said.hover({ force: true }).catch(() => {});
        await check(page, complaints, path);
        await page.close();
      }
    } finally {
      stop();
    }
    // Every kind of answer tells the browser to trust nothing else.
    for (const path of [
      '/',
      '/favicon.svg',
      '/raw',
      '/api/routes',
      '/api/stream',
      '/api/nothing',
      '/api/query',
      '/metrics',
      '/livez',
    ]) {
      const answer = await fetch(live.url + path, { headers: { accept: 'text/html' } });
      for (const [name, value] of Object.entries(HEADERS))
        expect(answer.headers.get(name) ?? '', `${path} ${name}`).toMatch(value);
      if (path !== '/' && path !== '/raw')
        expect(answer.headers.get('content-type'), path).not.toContain('html');
      await answer.body?.cancel();
    }
    await live.close();
    return {
      tried: `${payloads.length} pieces of markup as names, tags, methods, statuses, services, blocks, events, checks, refused lines, a budget, the command; ${views.length} views`,
      saw: 'text, no element and no script of it; every answer with its policy',
      lost: 'nothing',
    };
  });
});
