import { expect, test } from 'vitest';
import { startLive } from '../helpers.ts';
import { EMPTY, startFakeEngine, type Told } from '../store/fake-engine.ts';

/** A server over an engine that answers `told` to everything, and what `/api/routes` says of it. */
async function routesOver(told: Told | null, timeoutMs = 10_000) {
  await using fake = await startFakeEngine(() => told ?? new Promise(() => {}));
  await using live = await startLive({ store: fake.url, storeTuning: { timeoutMs } });
  const { status, body } = await live.get('/api/routes');
  return { status, code: body.error?.code, message: body.error?.message as string };
}

test('what an engine did not answer is told with its reason, as 502', async () => {
  const refused = JSON.stringify({ status: 'error', error: 'too many series' });
  expect(await routesOver({ status: 422, body: refused })).toMatchObject({
    status: 502,
    code: 'STORE_REFUSED',
    message: expect.stringContaining('too many series'),
  });
  expect(await routesOver({ status: 503, body: 'starting' })).toMatchObject({
    status: 502,
    code: 'STORE_FAILED',
    message: expect.stringContaining('503: starting'),
  });
  expect(await routesOver({ body: '<html>a login page</html>' })).toMatchObject({
    status: 502,
    code: 'STORE_FAILED',
  });
  expect(await routesOver(null, 200)).toMatchObject({ status: 502, code: 'STORE_TIMEOUT' });
});

test('an engine that is not there is told, and the server goes on', async () => {
  const fake = await startFakeEngine();
  const { url } = fake;
  await fake[Symbol.asyncDispose]();
  await using live = await startLive({ store: url });
  expect(await live.get('/api/routes')).toMatchObject({
    status: 502,
    body: { error: { code: 'STORE_UNREACHABLE' } },
  });
  expect((await live.get('/livez')).status).toBe(200);
});

test('what an engine has is not forgotten from here', async () => {
  await using fake = await startFakeEngine();
  await using live = await startLive({ store: fake.url });
  expect(await live.get('/api/reset', { method: 'POST' })).toMatchObject({
    status: 409,
    body: { error: { code: 'NOT_OURS' } },
  });
});

test('headers and the user of the address go to the engine with every question', async () => {
  await using fake = await startFakeEngine(() => EMPTY);
  await using live = await startLive({ store: fake.url, storeHeaders: { 'X-Scope-OrgID': 'shop' } });
  await live.get('/api/routes');
  expect(fake.asked.length).toBeGreaterThan(0);
  for (const { headers } of fake.asked) expect(headers['x-scope-orgid']).toBe('shop');

  await using other = await startFakeEngine(() => EMPTY);
  const address = new URL(other.url);
  address.username = 'reader';
  address.password = 'pa:ss/wörd';
  await using second = await startLive({ store: address.href });
  await second.get('/api/routes');
  expect(other.asked.length).toBeGreaterThan(0);
  const expected = `Basic ${Buffer.from('reader:pa:ss/wörd').toString('base64')}`;
  for (const { headers } of other.asked) expect(headers.authorization).toBe(expected);
  // And nothing of it is shown.
  const stats = await (await fetch(`${second.live.url}/api/stats`)).text();
  expect(stats).not.toMatch(/reader|pa:ss|pa%3A/);
});
