import { channel } from 'node:diagnostics_channel';
import dns from 'node:dns';
import http from 'node:http';
import net from 'node:net';
import * as grpc from '@grpc/grpc-js';
import * as ioredis from 'ioredis6';
import pg from 'pg';
import * as redis from 'redis6';
import * as undici from 'undici7';
import { describe, expect, test } from 'vitest';
import { upstreams } from '../../src/calls/upstreams.ts';
import { defaultMeter } from '../../src/index.ts';
import { captureMeter } from '../../src/testing/index.ts';
import { openStage } from './stage.ts';

const CHANNELS = [
  'undici:request:create',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error',
];
const subscribed = () =>
  [
    ...CHANNELS,
    'http.client.request.created',
    'http2.client.stream.created',
    'child_process',
    'udp.socket',
  ].filter((name) => channel(name).hasSubscribers);
const methods = () => [
  pg.Client.prototype.query,
  pg.Pool.prototype.query,
  pg.Pool.prototype.connect,
  ioredis.Redis.prototype.sendCommand,
  ioredis.Pipeline.prototype.exec,
  (redis as unknown as { RedisClient: { prototype: { sendCommand: unknown } } }).RedisClient.prototype
    .sendCommand,
  undici.Client.prototype.dispatch,
  http.ClientRequest.prototype.emit,
  dns.lookup,
  dns.promises.resolve4,
  net.Socket.prototype.connect,
  grpc.Channel.prototype.createCall,
];

test('without a meter that sends calls nothing is subscribed to and nothing is replaced', async () => {
  const before = methods();
  upstreams(pg, ioredis, redis, undici, grpc);
  defaultMeter().increment('x');
  await captureMeter().time('block', async () => {});
  expect(methods()).toEqual(before);
  expect(subscribed()).toEqual([]);

  const meter = captureMeter({ upstreams: true });
  const during = methods();
  expect(during.every((method, at) => method !== before[at])).toBe(true);
  expect(subscribed().length).toBeGreaterThanOrEqual(CHANNELS.length);
  // What is put on looks like what was there.
  for (const [at, method] of during.entries()) {
    const [mine, former] = [method, before[at]] as Array<() => void>;
    expect([mine!.name, mine!.length]).toEqual([former!.name, former!.length]);
  }

  await meter.close();
  expect(subscribed()).toEqual([]);
  // What is Node's own is as it was; what libraries have does nothing any more.
  expect(methods().slice(7, 11)).toEqual(before.slice(7, 11));
});

test('modules of no library are refused, with a remedy', () => {
  for (const module of [{}, null, undefined, 1, http, class {}]) {
    expect(() => upstreams(module)).toThrow(/RM_UPSTREAM_UNKNOWN|upstreams\(\): argument 1 is no module/);
  }
});

describe('which calls are sent', () => {
  const upstream = async () => (await fetch('data:text/plain,x')).text();

  test.each([
    [true, 2],
    [['http'] as const, 2],
    [['db', 'messaging'] as const, 0],
    [false, 0],
  ])('upstreams: %j', async (wanted, count) => {
    const server = http.createServer((_request, response) => response.end('x'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    const ask = () => fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
    const stage = await openStage(
      { '/ask': () => Promise.all([ask(), ask(), upstream()]) },
      { upstreams: wanted },
    );
    try {
      await stage.get('/ask');
      const lines = (await stage.meter.lines()).filter((line) => line.startsWith('http.client.request'));
      expect((await stage.rows()).reduce((sum, row) => sum + row.count, 0)).toBe(count);
      if (count === 0) expect(lines).toEqual([]);
    } finally {
      await stage.stop();
      server.close();
    }
  });

  test('without the breakdown a call is one metric, without block, waits and repetitions', async () => {
    const server = http.createServer((_request, response) => response.end('x'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    const stage = await openStage(
      {
        '/ask': (meter) => meter.time('inner', async () => (await fetch(`http://127.0.0.1:${port}/`)).text()),
      },
      { breakdown: false },
    );
    try {
      await stage.get('/ask');
      const metrics = (await stage.metrics()).filter(({ name }) => name.startsWith('http.client.'));
      expect(metrics.map(({ name, tags }) => ({ name, tags: { ...tags } }))).toEqual([
        {
          name: 'http.client.request',
          tags: {
            http_route: '/ask',
            http_method: 'GET',
            server_address: `127.0.0.1:${port}`,
            http_request_method: 'GET',
            http_response_status_code: '200',
          },
        },
      ]);
    } finally {
      await stage.stop();
      server.close();
    }
  });
});

test('a block outside a request has calls, too', async () => {
  const server = http.createServer((_request, response) => response.end('x'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  const meter = captureMeter({ upstreams: true, breakdown: true });
  try {
    await meter.time('job', async () => {
      for (let i = 0; i < 300; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
    });
    const metrics = (await meter.metrics()).filter(({ name }) => name.startsWith('http.client.request'));
    const of = (leaf: string) => metrics.filter(({ name }) => name === `http.client.request${leaf}`);
    expect(of('')).toHaveLength(300);
    expect(of('.wait')).toHaveLength(300);
    expect(of('.repeated').map(({ value, tags }) => [value, tags.block, tags.http_route])).toEqual([
      [300, 'job', undefined],
    ]);
  } finally {
    await meter.close();
    server.close();
  }
});
