import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContractCase, expectedTags } from '../../../testkit/src/contract/case.ts';
import { exchange, statusOf, withoutDate } from '../../../testkit/src/contract/exchange.ts';
import { makeApp, makeRouters } from '../../../testkit/src/contract/express/app.cjs';
import { expressCases, lateRoutes } from '../../../testkit/src/contract/express/cases.ts';
import { loadForeign, loadStack, STACKS } from '../../../testkit/src/contract/express/stacks.cjs';
import { samplesOf } from '../../../testkit/src/contract/samples.ts';
import { expressMeter } from '../../src/frameworks/express.ts';
import { CaptureSink, createMeter } from '../../src/index.ts';

interface Running {
  server: Server;
  port: number;
}

async function listen(app: RequestListener): Promise<Running> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

const runs = Object.keys(STACKS).flatMap((name) => [
  { name, order: 'middleware made before the routers', late: false },
  { name, order: 'routers made before the middleware', late: true },
]);

describe.each(runs)('$name, $order', ({ name, late }) => {
  const stack = STACKS[name]!;
  const sink = new CaptureSink();
  const meter = createMeter({ sink, cpu: 'off', flushMs: 3_600_000 });
  let measured: Running;
  let bare: Running;

  beforeAll(async () => {
    const plain = loadStack(name);
    bare = await listen(
      makeApp(plain.express, stack.major, makeRouters(plain.express), { foreign: loadForeign(stack.major) }),
    );
    const { express, major } = loadStack(name);
    const early = late ? makeRouters(express) : null;
    const first = expressMeter(meter);
    measured = await listen(
      makeApp(express, major, early ?? makeRouters(express), { first, foreign: loadForeign(major) }),
    );
  });

  afterAll(async () => {
    for (const running of [measured, bare]) {
      running?.server.closeAllConnections();
      running?.server.close();
    }
    await meter.close();
  });

  const cases = expressCases(stack.major);
  const lost: Record<string, string> = late ? lateRoutes(stack) : {};

  test.each(cases.map((one): ContractCase => ({ ...one, route: lost[one.id] ?? one.route })))(
    '$id',
    async (one) => {
      sink.payloads.length = 0;
      const answer = await exchange(measured.port, one);
      await expect
        .poll(async () => {
          await meter.flush();
          return samplesOf(sink.lines);
        })
        .toEqual([{ tags: expectedTags(one), count: 1 }]);
      if (one.extra !== 'abort-before-headers') expect(statusOf(answer)).toBe(one.status);
      expect(withoutDate(answer)).toBe(withoutDate(await exchange(bare.port, one)));
    },
  );
});
