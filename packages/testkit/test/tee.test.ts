import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Live, startLive, until } from '../src/live.ts';
import { ROOT } from '../src/pack.ts';
import { type StatsdServer, startStatsd } from '../src/statsd.ts';

const FIXTURES = join(ROOT, 'packages/testkit/test/fixtures');
const REQUESTS = 20;

let live: Live | undefined;
let own: StatsdServer | undefined;
let folder: string | undefined;
afterEach(async () => {
  await live?.stop();
  own?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  live = own = folder = undefined;
});

/** Runs a fixture under `routemeter-live` and sends it requests; resolves when the page has them all. */
async function drive(fixture: string, env: NodeJS.ProcessEnv): Promise<Record<string, unknown>[]> {
  live = await startLive([process.execPath, join(FIXTURES, fixture)], {
    env: { ROUTEMETER_FLUSH_MS: '100', ...env },
  });
  const [, port] = await live.printed.find(/listens on (\d+)/);
  for (let id = 0; id < REQUESTS; id++) {
    const answer = await fetch(`http://127.0.0.1:${port}/users/${id}`);
    expect(await answer.json()).toEqual({ id: String(id) });
  }
  const page = live;
  const ask = async () => (await page.get('/api/routes')).routes;
  await until(ask, (routes) => routes.length > 0 && routes[0].count >= REQUESTS);
  // Whatever would be counted twice has had its flush by then.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return ask();
}

test.each([
  {
    mode: 'environment',
    about: 'another url, in the environment',
    names: { 'http.server.request': REQUESTS, 'http.server.request.cpu': REQUESTS },
    tag: '#http_route:/users/:id,http_method:GET,http_status_code:200',
  },
  {
    mode: 'prefix',
    about: 'a prefix and tags',
    names: { 'shop.http.server.request': REQUESTS, 'shop.http.server.request.cpu': REQUESTS },
    tag: '#app:shop,http_route:/users/:id,http_method:GET,http_status_code:200',
  },
  {
    mode: 'names',
    about: 'names of its own',
    names: { 'own.http.server.request': REQUESTS, 'own.http.server.request.cpu': REQUESTS },
    tag: '#view:/users/:id',
  },
])(
  'an app with $about: the page shows it, and its own server still gets everything',
  async ({ mode, names, tag }) => {
    own = await startStatsd();
    const env = mode === 'environment' ? { ROUTEMETER_URL: own.url } : { OWN_SERVER: own.url };
    const routes = await drive('tee-app.mjs', { TEE_MODE: mode, ...env });
    expect(routes).toHaveLength(1);
    expect(routes[0]).toMatchObject({
      route: '/users/:id',
      method: 'GET',
      metric: 'http.server.request',
      count: REQUESTS,
      status: { 200: REQUESTS },
      cpu: expect.objectContaining({ mean: expect.any(Number) }),
      idle: expect.objectContaining({ mean: expect.any(Number) }),
    });
    await until(own.samples, (counts) =>
      Object.entries(names).every(([name, count]) => (counts[name] ?? 0) >= count),
    );
    const counts = own.samples();
    // Late CPU and the metrics of the process come with time; all else is known to the sample.
    for (const name of Object.keys(counts))
      if (name.startsWith('nodejs.') || name.endsWith('cpu_after')) delete counts[name];
    expect(counts).toEqual(names);
    expect(own.text()).toContain(tag);
  },
);

test('preload, middlewares of both formats, a second copy of the library and the page: each request counts once', async () => {
  own = await startStatsd();
  folder = await mkdtemp(join(tmpdir(), 'routemeter-copy-'));
  const copy = join(folder, 'routemeter');
  await mkdir(copy);
  for (const part of ['dist', 'package.json']) {
    await cp(join(ROOT, 'packages/routemeter', part), join(copy, part), { recursive: true });
  }
  const routes = await drive('copies-app.cjs', { SECOND_COPY: copy, OWN_SERVER: own.url });
  expect(routes).toHaveLength(1);
  expect(routes[0]).toMatchObject({ route: '/users/:id', method: 'GET', count: REQUESTS });
  expect(own.samples()['http.server.request']).toBe(REQUESTS);
});
