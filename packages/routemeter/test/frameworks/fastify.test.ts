import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { exchange } from '../../../testkit/src/contract/exchange.ts';
import { type ContractFastify, makeApp, STACKS } from '../../../testkit/src/contract/fastify/app.cjs';
import { FASTIFY_CASES } from '../../../testkit/src/contract/fastify/cases.ts';
import { samplesOf } from '../../../testkit/src/contract/samples.ts';
import { captureWarnings } from '../../src/errors/index.ts';
import { fastifyMeter } from '../../src/frameworks/fastify.ts';
import { CaptureSink, createMeter } from '../../src/index.ts';
import { contractByMiddleware } from './suite.ts';

const load = createRequire(new URL('../../../testkit/package.json', import.meta.url));

describe.each(Object.entries(STACKS))('%s', (name, stack) => {
  const fastify = load(stack.package);

  contractByMiddleware(`${name}, plugin`, FASTIFY_CASES, async (meter) => {
    const first = async (app: ContractFastify) => meter && app.register(fastifyMeter, { meter });
    const app = await makeApp(fastify, stack.version, first);
    await app.listen({ port: 0, host: '127.0.0.1' });
    return {
      port: (app.server.address() as AddressInfo).port,
      close() {
        app.server.closeAllConnections();
        return app.close();
      },
    };
  });

  function captured() {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, cpu: 'off', flushMs: 3_600_000 });
    const routes = async () => {
      await meter.flush();
      return samplesOf(sink.lines).map(({ tags, count }) => [tags.http_route, tags.http_status_code, count]);
    };
    return { meter, routes };
  }

  test('injected requests, which reach no server, are counted, too', async () => {
    const { meter, routes } = captured();
    const app = await makeApp(fastify, stack.version, async (made) => made.register(fastifyMeter, { meter }));
    await app.inject({ method: 'GET', url: '/users/1' });
    await app.inject({ method: 'GET', url: '/none/1' });
    await expect.poll(routes).toEqual([
      ['/users/:id', '200', 1],
      ['unmatched', '404', 1],
    ]);
    await app.close();
  });

  test('registered twice, it counts once', async () => {
    const { meter, routes } = captured();
    const app = await makeApp(fastify, stack.version, async (made) => {
      await made.register(fastifyMeter, { meter });
      await made.register(fastifyMeter);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    await exchange(port, { id: '', method: 'GET', path: '/users/1', route: null, status: 200 });
    await expect.poll(routes).toEqual([['/users/:id', '200', 1]]);
    await app.close();
  });

  test.each([
    ['inside a plugin, it says once what that means', false],
    ['inside a plugin and on the application, it says nothing', true],
  ])('%s', async (_title, outside) => {
    const { meter, routes } = captured();
    const lines: string[] = [];
    const release = captureWarnings((line) => lines.push(line));
    const app = fastify();
    const inner = async (plugin: ContractFastify) => {
      await plugin.register(fastifyMeter, { meter });
      (plugin as unknown as { get(path: string, handler: () => unknown): void }).get(
        '/in/:id',
        async () => 'in',
      );
    };
    app.register(inner);
    app.register(inner, { prefix: '/again' });
    app.get('/out/:id', async () => 'out');
    if (outside) app.register(fastifyMeter, { meter });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    await exchange(port, { id: '', method: 'GET', path: '/in/1', route: null, status: 200 });
    await expect.poll(async () => (await routes())[0]?.[0]).toBe('/in/:id');
    await app.close();
    release();
    if (outside) expect(lines).toEqual([]);
    else
      expect(lines).toEqual([expect.stringMatching(/inside a plugin.*fastify-plugin.*\[RM_ENCAPSULATED\]/)]);
  });

  test('what is no meter is refused when it is registered', async () => {
    const made = makeApp(fastify, stack.version, async (app) =>
      app.register(fastifyMeter, { meter: 'mine' }),
    );
    await expect(made).rejects.toMatchObject({ code: 'RM_OPTION_INVALID' });
  });
});
