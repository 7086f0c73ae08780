import 'reflect-metadata';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { exchange } from '../../../testkit/src/contract/exchange.ts';
import { loadHapi, makeApp } from '../../../testkit/src/contract/hapi/app.cjs';
import { samplesOf } from '../../../testkit/src/contract/samples.ts';
import { hapiMeter } from '../../src/frameworks/hapi.ts';
import { RoutemeterModule } from '../../src/frameworks/nest.ts';
import { CaptureSink, createMeter, type Meter } from '../../src/index.ts';

const testkit = createRequire(new URL('../../../testkit/package.json', import.meta.url));

interface Running {
  port: number;
  /** Parameters as the framework writes them. */
  param: (name: string) => string;
  stop(): Promise<unknown>;
}

async function hapi(meter: Meter): Promise<Running> {
  const { Hapi, boom } = loadHapi();
  const app = await makeApp(Hapi, boom, { plugin: { plugin: hapiMeter, options: { meter } } });
  await app.start();
  const { port } = app.listener.address();
  return { port, param: (name) => `{${name}}`, stop: () => app.stop({ timeout: 1 }) };
}

function nest(platform: 'express' | 'fastify'): (meter: Meter) => Promise<Running> {
  return async (meter) => {
    const adapters = testkit(`@nestjs/platform-${platform}`);
    const Adapter = platform === 'express' ? adapters.ExpressAdapter : adapters.FastifyAdapter;
    const loaded = {
      common: testkit('@nestjs/common'),
      core: testkit('@nestjs/core'),
      rxjs: testkit('rxjs'),
      platform,
      adapter: () => new Adapter(),
    };
    const { MAKERS } = testkit('./src/contract/nest/app.cjs');
    const app = await MAKERS.plain(loaded, [RoutemeterModule.forRoot({ meter })]);
    await app.listen(0, '127.0.0.1');
    const stop = () => {
      app.getHttpServer().closeAllConnections();
      return app.close();
    };
    return { port: app.getHttpServer().address().port, param: (name) => `:${name}`, stop };
  };
}

const stops: Array<() => Promise<unknown>> = [];
afterAll(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function run(start: (meter: Meter) => Promise<Running>) {
  const sink = new CaptureSink();
  const meter = createMeter({ sink, cpu: 'off', flushMs: 3_600_000 });
  const running = await start(meter);
  stops.push(running.stop);
  const samples = async () => {
    await meter.flush();
    return samplesOf(sink.lines);
  };
  const total = async () => (await samples()).reduce((sum, { count }) => sum + count, 0);
  return { ...running, samples, total };
}

const KINDS: ReadonlyArray<(n: string) => string> = [
  (n) => `GET /${n}/${n}`,
  (n) => `GET /users/${n}`,
  (n) => `GET /files/${n}/${n}`,
  (n) => `GET /users/${n}/${n}`,
  (n) => `GET /users/%E0%A4%A${n}`,
  (n) => `${['PUT', 'PURGE', 'LOCK', 'PROPFIND'][n.length % 4]} /users/${n}`,
];
const EACH = 400;

describe.each([
  { title: 'hapi 21', start: hapi, files: '/files/{path*}' },
  { title: 'NestJS 12 on Express', start: nest('express'), files: '/files/*path' },
  { title: 'NestJS 12 on Fastify', start: nest('fastify'), files: '/files/*' },
])('$title', ({ start, files }) => {
  test('URLs never make names, whatever is asked for, and every request is counted', async () => {
    const { port, param, samples, total } = await run(start);
    const socket = connect(port, '127.0.0.1');
    socket.resume();
    let sent = 0;
    for (let n = 0; n < EACH; n++) {
      for (const kind of KINDS) {
        const value = `${Math.random().toString(36).slice(2)}${n}`;
        socket.write(`${kind(value)} HTTP/1.1\r\nHost: x\r\n\r\n`);
        sent++;
      }
      if (n % 20 === 0) while ((await total()) < sent - 100) await sleep(1);
    }
    await expect.poll(total, { timeout: 60_000 }).toBe(sent);
    socket.destroy();
    const found = await samples();
    expect([...new Set(found.map(({ tags }) => tags.http_route))].sort()).toEqual(
      [files, `/users/${param('id')}`, 'unmatched'].sort(),
    );
    const methods = found.map(({ tags }) => tags.http_method);
    expect([...new Set(methods)].sort()).toEqual(['GET', 'PUT', 'other']);
  });

  test('requests that the client left in a pipeline are counted once each', async () => {
    const { port, param, samples } = await run(start);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /never/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /users/2 HTTP/1.1\r\nHost: x\r\n\r\n');
    await sleep(100);
    socket.destroy();
    await expect
      .poll(async () =>
        (await samples()).map(({ tags, count }) => [tags.http_route, tags.aborted, count]).sort(),
      )
      .toEqual([
        [`/never/${param('id')}`, 'true', 1],
        [`/users/${param('id')}`, 'true', 1],
      ]);
  });

  test('ended requests are not kept, with aborts among them', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const { port, param, total } = await run(start);
    const seen: Array<WeakRef<object>> = [];
    const note = (message: unknown) => {
      const { request, response } = message as { request: object; response: object };
      seen.push(new WeakRef(request), new WeakRef(response));
    };
    subscribe('http.server.request.start', note);
    try {
      for (let n = 0; n < 150; n++) {
        const extra = n % 3 === 0 ? ({ extra: 'abort-before-headers' } as const) : {};
        const path = n % 3 === 0 ? '/never/1' : '/users/1';
        await exchange(port, { id: 'kept', method: 'GET', path, route: param('id'), status: 200, ...extra });
      }
      await expect.poll(total).toBe(150);
    } finally {
      unsubscribe('http.server.request.start', note);
    }
    expect(seen.length).toBe(300);
    const alive = async () => {
      await sleep(10);
      gc();
      return seen.filter((one) => one.deref() !== undefined).length;
    };
    // Node itself holds the last ones for a while.
    await expect.poll(alive, { timeout: 60_000 }).toBeLessThan(10);
  });
});
