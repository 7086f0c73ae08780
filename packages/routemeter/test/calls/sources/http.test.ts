import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as undici from 'undici7';
import { afterAll, describe, expect, test } from 'vitest';
import { type Operations, sourceContract } from '../contract.ts';
import { openStage } from '../stage.ts';

const upstream = http.createServer(async (request, response) => {
  const url = new URL(request.url!, 'http://upstream');
  await sleep(Number(url.searchParams.get('ms') ?? 0));
  if (url.pathname === '/cut') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 5);
  } else if (url.pathname === '/moved') {
    response.writeHead(302, { location: '/' }).end();
  } else if (url.pathname === '/missing') {
    response.writeHead(404).end('none');
  } else if (url.pathname === '/slow-body') {
    response.write('first');
    setTimeout(() => response.end('last'), 40);
  } else if (url.pathname === '/hang') {
    return;
  } else {
    response.end('answer');
  }
});
await new Promise<void>((listening) => upstream.listen(0, '127.0.0.1', listening));
const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
const peer = origin.slice('http://'.length);

afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

const closed = http.createServer();
await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', listening));
const refused = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/`;
await new Promise((done) => closed.close(done));

const name = `GET ${peer}`;
const names = { quick: name, slow: name, failing: name };

/** The text of a response by `node:http`, and rejects where its body is cut. */
function get(path: string, options: http.RequestOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get(origin + path, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    });
    request.on('error', reject);
  });
}

const text = async (path: string, init?: RequestInit) => (await fetch(origin + path, init)).text();

describe('fetch', () => {
  sourceContract({
    title: 'fetch',
    modules: [],
    names,
    error: 'UND_ERR_SOCKET',
    connections: [1],
    open: async (): Promise<Operations> => ({
      quick: () => text('/'),
      slow: (ms) => text(`/?ms=${ms}`),
      failing: () => text('/cut'),
      secret: (secret) =>
        text(`/${secret}/x?token=${secret}`, {
          method: 'POST',
          body: secret,
          headers: { authorization: secret },
        }),
      close: async () => {},
    }),
  });
});

describe('undici', () => {
  sourceContract({
    title: 'undici 7',
    modules: [undici],
    names,
    error: 'UND_ERR_SOCKET',
    open: async (connections): Promise<Operations> => {
      const dispatcher = new undici.Pool(origin, { connections });
      const ask = async (path: string) => (await undici.request(origin + path, { dispatcher })).body.text();
      return {
        quick: () => ask('/'),
        slow: (ms) => ask(`/?ms=${ms}`),
        failing: () => ask('/cut'),
        secret: (secret) => ask(`/${secret}?token=${secret}`),
        close: () => dispatcher.close(),
      };
    },
  });
});

describe('node:http', () => {
  sourceContract({
    title: 'node:http',
    modules: [],
    names,
    error: 'ECONNRESET',
    open: async (connections): Promise<Operations> => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
      return {
        quick: () => get('/', { agent }),
        slow: (ms) => get(`/?ms=${ms}`, { agent }),
        failing: () => get('/cut', { agent }),
        secret: (secret) =>
          get(`/${secret}?token=${secret}`, { agent, headers: { cookie: secret, host: 'upstream' } }),
        close: async () => agent.destroy(),
      };
    },
  });
});

describe('what is one call', () => {
  const cases: Array<[string, () => Promise<unknown>, Array<{ status: string; error?: string }>]> = [
    ['a redirect is one for each hop', () => text('/moved'), [{ status: '302' }, { status: '200' }]],
    ['a status of 400 or more is an error', () => text('/missing'), [{ status: '404', error: '404' }]],
    ['the same by node:http', () => get('/missing'), [{ status: '404', error: '404' }]],
    [
      'an abort ends it',
      () => fetch(`${origin}/hang`, { signal: AbortSignal.timeout(20) }).catch(() => {}),
      [{ status: '', error: 'TimeoutError' }],
    ],
    [
      'the same by node:http',
      () => get('/hang', { signal: AbortSignal.timeout(20) }).catch(() => {}),
      [{ status: '', error: 'ABORT_ERR' }],
    ],
    ['a refused connection', () => fetch(refused).catch(() => {}), [{ status: '', error: 'ECONNREFUSED' }]],
    [
      'the same by node:http',
      () => new Promise((done) => http.get(refused).on('error', done)),
      [{ status: '', error: 'ECONNREFUSED' }],
    ],
  ];
  test.each(cases)('%s', async (_title, ask, expected) => {
    const stage = await openStage({ '/ask': ask });
    try {
      await stage.get('/ask');
      const metrics = (await stage.metrics()).filter((metric) => metric.name === 'http.client.request');
      expect(
        metrics
          .map(({ tags }) => ({
            status: tags.http_response_status_code ?? '',
            ...(tags.error_type === undefined ? {} : { error: tags.error_type }),
          }))
          .sort((a, b) => b.status.localeCompare(a.status)),
      ).toEqual(expected);
    } finally {
      await stage.stop();
    }
  });

  test.each([
    ['fetch', () => text('/slow-body')],
    ['node:http', () => get('/slow-body')],
  ])('%s: the body belongs to the call', async (_title, ask) => {
    const stage = await openStage({ '/ask': ask });
    try {
      await stage.get('/ask');
      const [row] = await stage.rows();
      expect(row?.durations[0]).toBeGreaterThan(38);
    } finally {
      await stage.stop();
    }
  });

  test('the template of the path stands in a tag where it is asked for, and values never', async () => {
    const stage = await openStage(
      { '/ask': () => text('/users/12345/orders?page=2') },
      { upstreamPaths: true },
    );
    try {
      await stage.get('/ask');
      expect((await stage.rows()).map((row) => row.name)).toEqual([`GET ${peer} /users/:id/orders`]);
    } finally {
      await stage.stop();
    }
  });
});
