import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import got from 'got14';
import fetch3 from 'node-fetch3';
import * as undici6 from 'undici6';
import * as undici7 from 'undici7';
import { afterAll, describe, expect, test } from 'vitest';
import { type Operations, sourceContract } from '../contract.ts';
import { openStage } from '../stage.ts';

// Packages without types.
const load = createRequire(import.meta.url);
const fetch2: (url: string, options: object) => Promise<Response> = load('node-fetch2');
interface SuperagentRequest extends Promise<{ text: string }> {
  ok(isOk: () => boolean): SuperagentRequest;
  buffer(isBuffered: boolean): SuperagentRequest;
  agent(agent: http.Agent): SuperagentRequest;
  set(name: string, value: string): SuperagentRequest;
  send(body: object): SuperagentRequest;
  timeout(ms: number): SuperagentRequest;
}
const superagent: Record<'get' | 'post', (url: string) => SuperagentRequest> = load('superagent');

let flaky = 0;
const upstream = http.createServer(async (request, response) => {
  const url = new URL(request.url!, 'http://upstream');
  await sleep(Number(url.searchParams.get('ms') ?? 0));
  request.resume();
  switch (url.pathname) {
    case '/cut':
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 5);
      return;
    case '/moved':
      return void response.writeHead(302, { location: '/' }).end();
    case '/missing':
      return void response.writeHead(404).end('none');
    case '/flaky':
      return void response.writeHead(flaky++ % 2 === 0 ? 503 : 200).end('x');
    case '/cached':
      return void response.writeHead(200, { 'cache-control': 'max-age=60' }).end('x');
    case '/slow-body':
      response.write('first');
      setTimeout(() => response.end('last'), 40);
      return;
    case '/hang':
      return;
    default:
      if (!response.destroyed) response.end('answer');
  }
});
await once(upstream.listen(0, '127.0.0.1'), 'listening');
const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
const peer = origin.slice('http://'.length);
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});
const closed = net.createServer();
await once(closed.listen(0, '127.0.0.1'), 'listening');
const refused = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/`;
await new Promise((done) => closed.close(done));

interface Client {
  /** The body's text; rejects where it is cut. */
  ask(url: string, agent?: http.Agent): Promise<unknown>;
  post(url: string, secret: string): Promise<unknown>;
  /** Gives up after 20 ms, by the client's own means. */
  timeout(url: string): Promise<unknown>;
  /** It never settles where a body is cut, with and without us. */
  hangsWhenCut?: true;
}

/** Buffers of bodies that are not parsed. */
const raw = { responseType: 'text', validateStatus: () => true } as const;
const clients: Record<string, Client> = {
  'axios 1': {
    ask: async (url, httpAgent) => (await axios.get(url, { ...raw, ...(httpAgent && { httpAgent }) })).data,
    post: (url, secret) => axios.post(url, { secret }, { ...raw, headers: { authorization: secret } }),
    timeout: (url) => axios.get(url, { ...raw, timeout: 20 }),
  },
  'got 14': {
    ask: (url, agent) =>
      got(url, {
        retry: { limit: 0 },
        throwHttpErrors: false,
        ...(agent && { agent: { http: agent } }),
      }).text(),
    post: (url, secret) => got.post(url, { json: { secret }, headers: { authorization: secret } }).text(),
    timeout: (url) => got(url, { retry: { limit: 0 }, timeout: { request: 20 } }),
  },
  'node-fetch 2': {
    ask: async (url, agent) => (await fetch2(url, { ...(agent && { agent }) })).text(),
    post: async (url, secret) =>
      (await fetch2(url, { method: 'POST', body: secret, headers: { authorization: secret } })).text(),
    timeout: (url) => fetch2(url, { timeout: 20 }),
    hangsWhenCut: true,
  },
  'node-fetch 3': {
    ask: async (url, agent) => (await fetch3(url, { ...(agent && { agent }) })).text(),
    post: async (url, secret) =>
      (await fetch3(url, { method: 'POST', body: secret, headers: { authorization: secret } })).text(),
    timeout: (url) => fetch3(url, { signal: AbortSignal.timeout(20) }),
  },
  'superagent 10': {
    ask: async (url, agent) => {
      const request = superagent
        .get(url)
        .ok(() => true)
        .buffer(true);
      if (agent !== undefined) request.agent(agent);
      return (await request).text;
    },
    post: async (url, secret) =>
      (await superagent.post(url).set('authorization', secret).send({ secret })).text,
    timeout: (url) => superagent.get(url).timeout(20),
  },
};

async function callsOf(use: () => unknown) {
  const stage = await openStage({ '/ask': use });
  try {
    await stage.get('/ask');
    return (await stage.metrics())
      .filter((metric) => metric.name === 'http.client.request')
      .map(({ tags }) => [tags.http_response_status_code ?? '', tags.error_type ?? ''].join(' ').trim())
      .sort();
  } finally {
    await stage.stop();
  }
}
const settled = (promise: Promise<unknown>) => promise.catch(() => {});

describe.each(Object.entries(clients))('%s', (title, client) => {
  const name = `GET ${peer}`;
  const failing = client.hangsWhenCut ? refused : `${origin}/cut`;
  sourceContract({
    title,
    modules: [],
    names: { quick: name, slow: name, failing: `GET ${new URL(failing).host}` },
    error: client.hangsWhenCut ? 'ECONNREFUSED' : 'ECONNRESET',
    open: async (connections): Promise<Operations> => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
      return {
        quick: () => client.ask(`${origin}/`, agent),
        slow: (ms) => client.ask(`${origin}/?ms=${ms}`, agent),
        failing: () => client.ask(failing, agent),
        secret: async (secret) => {
          await client.post(`${origin}/${secret}?token=${secret}`, secret);
          await client.ask(`${origin.replace('//', `//user:${secret}@`)}/`).catch(() => client.ask(origin));
        },
        close: async () => agent.destroy(),
      };
    },
  });

  test(`${title}: redirects, statuses, refused connections, time-outs`, async () => {
    expect(await callsOf(() => client.ask(`${origin}/moved`))).toEqual(['200', '302']);
    expect(await callsOf(() => client.ask(`${origin}/missing`))).toEqual(['404 404']);
    expect(await callsOf(() => settled(client.ask(refused)))).toEqual(['ECONNREFUSED']);
    const [aborted, ...more] = await callsOf(() => settled(client.timeout(`${origin}/hang`)));
    expect(more).toEqual([]);
    // Each client ends its request by an error of its own.
    expect(aborted).toMatch(/^(?:ECONNRESET|ECONNABORTED|ABORT_ERR|ETIMEDOUT|ERR_GOT_REQUEST_ERROR)$/);
  });
});

const majors = { 'undici 6': undici6 as unknown as typeof undici7, 'undici 7': undici7 };
describe.each(Object.entries(majors))('%s', (title, undici) => {
  const name = `GET ${peer}`;
  const names = { quick: name, slow: name, failing: name };
  type Dispatcher = undici7.Dispatcher;
  const kinds: Record<string, (connections: number) => Dispatcher> = {
    Pool: (connections) => new undici.Pool(origin, { connections }),
    Agent: (connections) => new undici.Agent({ connections }),
    BalancedPool: (connections) => new undici.BalancedPool(origin, { connections }),
    'an Agent that retries': (connections) =>
      new undici.RetryAgent(new undici.Agent({ connections }), { maxRetries: 0 }),
    'a Pool that redirects': (connections) =>
      new undici.Pool(origin, { connections }).compose(undici.interceptors.redirect({ maxRedirections: 3 })),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    sourceContract({
      title: `${title}: ${kind}`,
      modules: [undici],
      names,
      error: 'UND_ERR_SOCKET',
      open: async (connections): Promise<Operations> => {
        const dispatcher = make(connections);
        const ask = async (path: string) => (await undici.request(origin + path, { dispatcher })).body.text();
        return {
          quick: () => ask('/'),
          slow: (ms) => ask(`/?ms=${ms}`),
          failing: () => ask('/cut'),
          secret: (secret) => ask(`/${secret}?token=${secret}`),
          close: () => dispatcher.destroy(),
        };
      },
    });
  }

  const request = async (path: string, options: object = {}) =>
    (await undici.request(origin + path, options)).body.text();

  test('each retry and each redirect is a call', async () => {
    const retrying = new undici.RetryAgent(new undici.Agent(), { minTimeout: 1, maxRetries: 2 });
    flaky = 0;
    // undici 6 ends its first try by an error of its own.
    expect(await callsOf(() => request('/flaky', { dispatcher: retrying }))).toEqual([
      '200',
      expect.stringMatching(/^503 (?:503|UND_ERR_REQ_RETRY)$/),
    ]);
    const redirecting = new undici.Agent().compose(undici.interceptors.redirect({ maxRedirections: 2 }));
    expect(await callsOf(() => request('/moved', { dispatcher: redirecting }))).toEqual(['200', '302']);
    await Promise.all([retrying.close(), redirecting.close()]);
  });

  test('what a mock answers is no call', async () => {
    const agent = new undici.MockAgent({ connections: 1 });
    agent.disableNetConnect();
    agent.get(origin).intercept({ path: '/' }).reply(200, 'mocked').times(3);
    const ask = () => request('/', { dispatcher: agent });
    expect(await callsOf(() => Promise.all([ask(), ask(), ask()]))).toEqual([]);
    await agent.close();
  });

  test('what waits for a connection ends when its pool is destroyed, or it is refused before', async () => {
    const pool = new undici.Pool(origin, { connections: 1 });
    const calls = await callsOf(async () => {
      const asked = ['/hang', '/', '/'].map((path) => settled(pool.request({ path, method: 'GET' })));
      await pool.destroy();
      await Promise.all([...asked, settled(pool.request({ path: '/', method: 'GET' }))]);
    });
    expect(calls).toEqual(Array(3).fill('UND_ERR_DESTROYED'));
  });

  test('an abort while it waits for a connection', async () => {
    const pool = new undici.Pool(origin, { connections: 1 });
    const calls = await callsOf(async () => {
      const first = pool.request({ path: '/?ms=60', method: 'GET' }).then(({ body }) => body.text());
      const signal = AbortSignal.timeout(10);
      await Promise.all([first, settled(pool.request({ path: '/', method: 'GET', signal }))]);
    });
    expect(calls).toEqual(['200', 'TimeoutError']);
    await pool.close();
  });

  test.runIf('cache' in undici.interceptors)('what a cache answers is no call', async () => {
    const cached = undici.interceptors.cache();
    const agent = new undici7.Agent().compose(cached);
    const ask = () => request('/cached', { dispatcher: agent });
    expect(
      await callsOf(async () => {
        await ask();
        await ask();
        await ask();
      }),
    ).toEqual(['200']);
    await agent.close();
  });

  test('streams and pipelines', async () => {
    const { Writable } = await import('node:stream');
    const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() });
    expect(await callsOf(() => undici.stream(`${origin}/slow-body`, { method: 'GET' }, sink))).toEqual([
      '200',
    ]);
  });
});

test('what waits for a socket of an agent counts in', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const stage = await openStage({
    '/ask': () => Promise.all([1, 2, 3].map(() => axios.get(`${origin}/?ms=30`, { httpAgent: agent }))),
  });
  try {
    await stage.get('/ask');
    const [row] = await stage.rows();
    const [first, second, third] = row!.durations.sort((a, b) => a - b);
    expect([first! >= 28, second! >= 57, third! >= 86]).toEqual([true, true, true]);
  } finally {
    await stage.stop();
    agent.destroy();
  }
});
