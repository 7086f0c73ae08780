import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ENDPOINTS } from '../../src/api/api.ts';
import { type Json, startLive } from '../helpers.ts';

const compared = vi.hoisted(() => ({ lengths: [] as number[] }));
// The real comparison runs; what it is given is looked at.
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  const timingSafeEqual = (a: Buffer, b: Buffer) => {
    compared.lengths.push(a.length, b.length);
    return crypto.timingSafeEqual(a, b);
  };
  return { ...crypto, timingSafeEqual };
});

const TOKEN = 'q3Jx.7~_-Zt+/Yw0Lk==';
const folder = mkdtempSync(join(tmpdir(), 'routemeter-token-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, `${TOKEN}\n`);

let live: Awaited<ReturnType<typeof startLive>>;
beforeAll(async () => {
  live = await startLive({ token: TOKEN, allowHost: ['metrics.example.com'] });
  await live.send('http.server.request:100|d|#http_route:/home,http_method:GET', 'hits:1|c');
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  compared.lengths.length = 0;
});

interface Answer {
  status: number;
  headers: Json;
  /** Empty for a stream, which is cut off. */
  body: string;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET', port = live.live.port) {
  return new Promise<Answer>((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (res) => {
      let body = '';
      const done = () => resolve({ status: res.statusCode!, headers: res.headers, body });
      if (res.headers['content-type'] === 'text/event-stream') {
        res.destroy();
        done();
      }
      res.on('data', (chunk) => {
        body += chunk;
      });
      res.on('end', done);
    });
    req.on('error', reject);
    req.end();
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function cookie(): Promise<string> {
  const { headers } = await ask(`/?token=${encodeURIComponent(TOKEN)}`);
  return headers['set-cookie'][0].split(';')[0];
}

const QUERIES: Record<string, string> = {
  '/api/blocks': '?route=/home&method=GET',
  '/api/calls': '?route=/home&method=GET',
  '/api/hosts': '?route=/home&method=GET',
  '/api/delays': '?culprit=/home',
  '/api/query': '?name=hits',
};
const endpoints = [...ENDPOINTS, { method: 'GET', path: '/api/stream' }].map(({ method, path }) => ({
  method,
  path: `${path}${QUERIES[path] ?? ''}`,
  isOpen: path === '/livez' || path === '/readyz',
}));

describe('with a token', () => {
  it.each(endpoints)('$method $path', async ({ method, path, isOpen }) => {
    for (const headers of [{}, bearer('wrong'), bearer(`${TOKEN}x`), bearer(TOKEN.slice(1))]) {
      const { status, headers: answered, body } = await ask(path, headers, method);
      if (isOpen) {
        expect(status).toBe(200);
        continue;
      }
      expect(status).toBe(401);
      expect(JSON.parse(body).error.code).toBe('TOKEN_NEEDED');
      expect(body).not.toContain(TOKEN);
      expect(answered['www-authenticate']).toMatch(/^Bearer /);
      expect(answered.connection).toBe('close');
    }
    // Whoever may, and says nothing, is told what is missing.
    const missing = path.includes(':id') ? 404 : path === '/api/profiles' && method === 'POST' ? 409 : 200;
    const expected = path === '/api/units' ? 400 : missing;
    expect((await ask(path, bearer(TOKEN), method)).status).toBe(expected);
    expect((await ask(path, { cookie: `other=1; ${await cookie()}` }, method)).status).toBe(expected);
  });

  it('nothing below /api/ answers without it, not even that it is not there', async () => {
    expect((await ask('/api/nothing')).status).toBe(401);
    expect((await ask('/api/routes', {}, 'DELETE')).status).toBe(401);
    expect((await ask('/api/nothing', bearer(TOKEN))).status).toBe(404);
  });

  it('is taken from the page alone, not from addresses of the API', async () => {
    const query = `token=${encodeURIComponent(TOKEN)}`;
    expect((await ask(`/api/routes?${query}`)).status).toBe(401);
    expect((await ask(`/metrics?${query}`)).status).toBe(401);
  });

  it.each([
    ['/', './'],
    ['/raw?q=x&errors=1', './raw?q=x&errors=1'],
    ['/route/GET?window=300', './GET?window=300'],
    ['//evil.example/', './'],
    ['//evil.example', './evil.example'],
  ])('a page at %s changes it for a cookie, and its address loses it', async (path, location) => {
    const address = `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(TOKEN)}`;
    const { status, headers } = await ask(address);
    expect(status).toBe(303);
    expect(headers.location).toBe(location);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['set-cookie']).toHaveLength(1);
    const [pair, ...flags] = headers['set-cookie'][0].split('; ');
    expect(flags).toEqual(['Path=/', 'HttpOnly', 'SameSite=Strict']);
    expect(pair).not.toContain(TOKEN);
    expect(new URL(location, `http://localhost${path.replace(/^\/+/, '/')}`).host).toBe('localhost');
  });

  it('behind https the cookie goes back by https alone', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    const answer = await ask(`/?token=${encodeURIComponent(TOKEN)}`, headers);
    expect(answer.headers['set-cookie'][0]).toMatch(/; SameSite=Strict; Secure$/);
  });

  it('a plus sign that was not encoded still reads right; a wrong one gets no cookie', async () => {
    expect((await ask(`/?token=${TOKEN}`)).status).toBe(303);
    const { status, headers } = await ask('/?token=wrong-wrong-wrong');
    expect(status).toBe(401);
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('the cookie is that of this token, and holds over a restart', async () => {
    await using same = await startLive({ tokenFile });
    await using other = await startLive({ token: 'another-token-of-16' });
    const mine = await cookie();
    expect((await same.get('/api/stats', { headers: { cookie: mine } })).status).toBe(200);
    expect((await other.get('/api/stats', { headers: { cookie: mine } })).status).toBe(401);
    const page = await fetch(other.live.pageUrl, { redirect: 'manual' });
    const [name] = page.headers.get('set-cookie')!.split('=');
    // One browser on one machine keeps both.
    expect(name).not.toBe(mine.split('=')[0]);
  });

  it('is compared by digests of one length, however long what was sent', async () => {
    for (const sent of ['a', TOKEN, 'b'.repeat(500)]) await ask('/api/stats', bearer(sent));
    expect(compared.lengths).toEqual([32, 32, 32, 32, 32, 32]);
    compared.lengths.length = 0;
    await ask('/api/stats', bearer('b'.repeat(20_000)));
    expect(compared.lengths).toEqual([]);
  });

  it('counts who was refused', async () => {
    const denied = async () => JSON.parse((await ask('/api/stats', bearer(TOKEN))).body).denied;
    const before = await denied();
    for (let i = 0; i < 30; i++) await ask('/api/stats', bearer(`guess-${i}`));
    await ask('/?token=x');
    await ask('/livez');
    expect(await denied()).toBe(before + 31);
    const text = (await ask('/metrics', bearer(TOKEN))).body;
    expect(text).toContain(`routemeter_live_denied_requests_total ${before + 31}\n`);
  });
});

describe('hosts', () => {
  it('of a proxy are served, others are not', async () => {
    const status = async (host: string) => (await ask('/api/stats', { host, ...bearer(TOKEN) })).status;
    for (const host of ['metrics.example.com', 'Metrics.Example.com:8443', 'localhost', '127.0.0.1:1']) {
      expect(await status(host), host).toBe(200);
    }
    for (const host of ['example.com', 'xmetrics.example.com', 'metrics.example.com.evil.example']) {
      expect(await status(host), host).toBe(403);
    }
  });

  it('on all interfaces are the addresses of the machine and its name', async () => {
    await using open = await startLive({ host: '0.0.0.0', tokenFile });
    const status = async (host: string) => (await ask('/livez', { host }, 'GET', open.live.port)).status;
    for (const host of ['10.1.2.3', `10.1.2.3:${open.live.port}`, hostname(), 'localhost', '[fe80::1]:80']) {
      expect(await status(host), host).toBe(200);
    }
    expect(await status('evil.example')).toBe(403);
  });

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && !one.internal && one.family === 'IPv4')?.address;
  it.skipIf(outside === undefined)('are the one that was listened on', async () => {
    await using own = await startLive({ host: outside!, tokenFile });
    expect(own.live.url).toBe(`http://${outside}:${own.live.port}`);
    expect((await own.get('/livez')).status).toBe(200);
    expect((await own.get('/api/stats')).status).toBe(401);
    expect((await own.get('/api/stats', { headers: bearer(TOKEN) })).status).toBe(200);
  });

  it('of the StatsD sockets can be others', async () => {
    await using own = await startLive({ host: '0.0.0.0', statsdHost: '127.0.0.1', tokenFile });
    await own.send('m:1|c');
    expect((await own.get('/api/stats', { headers: bearer(TOKEN) })).body.samples).toBe(1);
    await using wide = await startLive({ statsdHost: '0.0.0.0' });
    await wide.send('m:1|c');
    expect((await wide.get('/api/stats')).body.samples).toBe(1);
    expect(wide.live.udp).toBe(`udp://localhost:${wide.live.statsdPort}`);
  });
});

it('a reset behind a proxy that speaks TLS is for its page alone', async () => {
  const reset = async (headers: Record<string, string>) =>
    (await ask('/api/reset', { host: 'metrics.example.com', ...bearer(TOKEN), ...headers }, 'POST')).status;
  expect(await reset({ origin: 'https://metrics.example.com', 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(await reset({ origin: 'https://metrics.example.com' })).toBe(200);
  expect(await reset({ origin: 'https://evil.example' })).toBe(403);
  expect(await reset({ origin: 'https://metrics.example.com.evil.example' })).toBe(403);
  expect(await reset({ origin: 'https://metrics.example.com:8443' })).toBe(403);
  // By http while the page is there by https: the browser knows, and says that it is another site.
  expect(await reset({ origin: 'http://metrics.example.com', 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await reset({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await reset({ origin: 'null' })).toBe(403);
});

describe('starting', () => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '\n');
  it.each([
    [{ host: '0.0.0.0' }, /^host: 0\.0\.0\.0 .*--token-file PATH or --token TOKEN/],
    [{ host: '::' }, /^host: :: .*--token/],
    [{ host: '10.0.0.1' }, /^host: 10\.0\.0\.1 .*--token/],
    [{ host: 'example.com' }, /^host: example\.com .*--token/],
    [{ host: '127.0.0.1.evil.example' }, /--token/],
    [{ token: 'fifteen-letters' }, /^token: .*15 characters.*16 to 512/],
    [{ token: 'a token with some spaces' }, /^token: /],
    [{ token: '' }, /^token: .*0 characters/],
    [{ token: 'x'.repeat(513) }, /^token: .*513/],
    [{ token: TOKEN, tokenFile }, /--token and by --token-file/],
    [{ tokenFile: join(folder, 'none') }, /^tokenFile: .*none" cannot be read \(ENOENT\)/],
    [{ tokenFile: empty }, /^tokenFile: .*0 characters/],
    [{ allowHost: ['https://metrics.example.com'] }, /^allowHost: "https:.*without scheme/],
    [{ allowHost: ['metrics.example.com:443'] }, /^allowHost: /],
    [{ allowHost: [''] }, /^allowHost: /],
    [{ statsdHost: '' }, /^statsdHost: /],
  ])('with %j throws BAD_OPTION', async (options, message) => {
    const refused = startLive(options);
    await expect(refused).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(message),
    });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('fifteen-letters') });
  });

  const loopbacks = Object.values(networkInterfaces())
    .flat()
    .filter((one) => one?.internal)
    .map((one) => one!.address);
  it.each(['localhost', '127.8.9.1', ...loopbacks])('on %s asks for no token', async (host) => {
    await using own = await startLive({ host });
    expect((await own.get('/api/stats')).status).toBe(200);
    expect(own.live.pageUrl).toBe(own.live.url);
    // Nothing to change it for: the page is there as it is.
    const { status } = await fetch(`${own.live.url}/?token=anything-at-all`, { redirect: 'manual' });
    expect([200, 404]).toContain(status);
  });
});
