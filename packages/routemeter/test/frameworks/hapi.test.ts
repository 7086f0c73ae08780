import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContractCase, expectedTags } from '../../../testkit/src/contract/case.ts';
import { exchange, statusOf, withoutDate } from '../../../testkit/src/contract/exchange.ts';
import { type HapiApp, loadHapi, makeApp, makeCatchAll } from '../../../testkit/src/contract/hapi/app.cjs';
import { HAPI_CASES, HAPI_CATCH_ALL } from '../../../testkit/src/contract/hapi/cases.ts';
import { samplesOf } from '../../../testkit/src/contract/samples.ts';
import { hapiMeter } from '../../src/frameworks/hapi.ts';
import { CaptureSink, createMeter, type Meter } from '../../src/index.ts';

const { Hapi, boom } = loadHapi();
const open: HapiApp[] = [];

async function listen(made: Promise<HapiApp>): Promise<number> {
  const app = await made;
  open.push(app);
  await app.start();
  return app.listener.address().port;
}

afterAll(async () => {
  for (const app of open.splice(0)) await app.stop({ timeout: 1 });
});

function capture(): { sink: CaptureSink; meter: Meter } {
  const sink = new CaptureSink();
  return { sink, meter: createMeter({ sink, cpu: 'off', flushMs: 3_600_000 }) };
}

const runs = [
  { title: 'plugin registered first', make: makeApp, late: false, cases: HAPI_CASES },
  { title: 'plugin registered last', make: makeApp, late: true, cases: HAPI_CASES },
  { title: 'a route for everything', make: makeCatchAll, late: false, cases: HAPI_CATCH_ALL },
];

describe.each(runs)('hapi 21, $title', ({ make, late, cases }) => {
  const { sink, meter } = capture();
  let bare = 0;
  let measured = 0;
  beforeAll(async () => {
    bare = await listen(make(Hapi, boom));
    measured = await listen(make(Hapi, boom, { plugin: { plugin: hapiMeter, options: { meter } }, late }));
  });

  test.each(cases)('$id', async (one: ContractCase) => {
    sink.payloads.length = 0;
    const answer = await exchange(measured, one);
    await expect
      .poll(async () => {
        await meter.flush();
        return samplesOf(sink.lines);
      })
      .toEqual([{ tags: expectedTags(one), count: 1 }]);
    // An interim answer stands before the final one.
    const interim = one.headers?.expect === '100-continue' ? 100 : null;
    if (one.extra !== 'abort-before-headers') expect(statusOf(answer)).toBe(interim ?? one.status);
    expect(withoutDate(answer)).toBe(withoutDate(await exchange(bare, one)));
  });
});

describe('the hapi plugin', () => {
  test('gives handlers their request: its tags and its blocks', async () => {
    const { sink, meter } = capture();
    const { server } = Hapi as typeof import('@hapi/hapi');
    const app = server({ host: '127.0.0.1', port: 0 });
    await app.register({ plugin: hapiMeter, options: { meter } });
    app.route({
      method: 'POST',
      path: '/orders/{id}',
      handler: async () => {
        await new Promise(setImmediate);
        meter.tag('plan', 'pro');
        return meter.time('orders.store', () => 'stored');
      },
    });
    const port = await listen(Promise.resolve(app as unknown as HapiApp));
    const one = { id: 'order', method: 'POST', path: '/orders/1', route: '/orders/{id}', status: 200 };
    await exchange(port, { ...one, headers: { 'content-type': 'text/plain' }, body: 'x' });
    await expect
      .poll(async () => {
        await meter.flush();
        return [...samplesOf(sink.lines), ...samplesOf(sink.lines, 'orders.store')].map(({ tags }) => tags);
      })
      .toEqual([
        { http_route: '/orders/{id}', http_method: 'POST', http_status_code: '200', plan: 'pro' },
        { http_route: '/orders/{id}', http_method: 'POST' },
      ]);
  });

  test('may be registered by two plugins of a server, and counts once', async () => {
    const { sink, meter } = capture();
    const { server } = Hapi as typeof import('@hapi/hapi');
    const app = server({ host: '127.0.0.1', port: 0 });
    for (const name of ['one', 'two']) {
      await app.register({
        name,
        register: async (inner) => {
          await inner.register({ plugin: hapiMeter, options: { meter } });
          inner.route({ method: 'GET', path: `/${name}/{id}`, handler: () => name });
        },
      });
    }
    const port = await listen(Promise.resolve(app as unknown as HapiApp));
    for (const path of ['/one/1', '/two/2'])
      await exchange(port, { id: path, method: 'GET', path, route: null, status: 200 });
    await expect
      .poll(async () => {
        await meter.flush();
        return samplesOf(sink.lines).map(({ tags, count }) => [tags.http_route, count]);
      })
      .toEqual([
        ['/one/{id}', 1],
        ['/two/{id}', 1],
      ]);
  });

  test('refuses what is no meter', async () => {
    const { server } = Hapi as typeof import('@hapi/hapi');
    const wrong = { plugin: hapiMeter, options: { meter: {} as Meter } };
    await expect(server().register(wrong)).rejects.toThrow(/"meter" of hapiMeter.*RM_OPTION_INVALID/);
  });
});
