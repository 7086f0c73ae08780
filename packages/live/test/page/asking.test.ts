import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LiveServer } from '../../src/server.ts';
import { Browser, buildAll, inBrowser, startServer } from './browser.ts';

inBrowser('the page of a server whose engine takes its time', () => {
  const browser = new Browser();
  let isSlow = true;
  const held: ServerResponse[] = [];
  const answer = (response: ServerResponse) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
  };
  const engine = createServer((_request, response) => {
    if (isSlow) held.push(response);
    else answer(response);
  });
  let live: LiveServer;
  beforeAll(async () => {
    buildAll();
    engine.listen(0, '127.0.0.1');
    await once(engine, 'listening');
    live = await startServer({ store: `http://127.0.0.1:${(engine.address() as AddressInfo).port}` });
  });
  afterAll(async () => {
    await browser.close();
    await live?.close();
    engine.closeAllConnections();
    engine.close();
  });

  it('says that it is being asked until it has answered for the first time', async () => {
    const { page, complaints } = await browser.open(live.url);
    const notice = page.getByRole('status').filter({ hasText: `Asking ${live.engine}` });
    await notice.waitFor();
    isSlow = false;
    for (const response of held) answer(response);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await notice.count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
