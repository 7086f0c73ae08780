import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpMeter } from '../../src/frameworks/http.ts';
import { CaptureSink, createMeter, type MeterOptions } from '../../src/index.ts';
import { ConnectDatadogNaming, PerViewNaming, PlainNaming } from '../../src/outputs/index.ts';
import type { SeriesId } from '../../src/series/index.ts';
import { hostile } from '../dialects/hostile.ts';

/** One request to `/users/42` with a block, and what was sent: names and tags without their values. */
async function shapes(options: MeterOptions): Promise<string[]> {
  const sink = new CaptureSink();
  const meter = createMeter({ sink, prefix: 'myapp', ...options });
  const server = http.createServer((_req, res) => {
    meter.time('feed', () => {});
    meter.increment('logins', 1, { tags: { plan: 'free' } });
    res.end('ok');
  });
  httpMeter(server, { meter, route: (req) => (req.url === '/' ? '/' : '/users/:id') });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/users/42`).then((answer) =>
    answer.text(),
  );
  await new Promise((resolve) => server.close(resolve));
  await meter.close();
  return sink.lines
    .filter((line) => !line.includes('cpu_after'))
    .map((line) => line.replace(/:[\d.:]+\|/, ':N|'))
    .sort();
}

describe('plain names', () => {
  it('say everything, the leaf last, and are rolled up', async () => {
    expect(await shapes({ server: 'statsd', tags: { app: 'left-out' } })).toEqual([
      'myapp.feed.cpu:N|ms',
      'myapp.feed.users._id.get.cpu:N|ms',
      'myapp.feed.users._id.get.wall:N|ms',
      'myapp.feed.wall:N|ms',
      'myapp.http.server.request.cpu:N|ms',
      'myapp.http.server.request.users._id.get.200.wall:N|ms',
      'myapp.http.server.request.users._id.get.cpu:N|ms',
      'myapp.http.server.request.wall:N|ms',
      'myapp.logins.plan.free:N|c',
    ]);
  });

  const id = (metric: string, own: boolean, tags: Record<string, string>): SeriesId => ({
    metric,
    type: 'timing',
    own,
    rate: 1,
    breakdown: false,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value, origin: 'request' })),
  });

  it('of distinct series are distinct, whatever the routes', () => {
    const series = fc.record({
      metric: fc.oneof(
        fc.constantFrom('http.server.request', 'http.server.request.cpu', 'a', 'a.b', 'a.cpu'),
        hostile,
      ),
      own: fc.boolean(),
      tags: fc.record(
        { http_route: hostile, http_method: fc.constantFrom('GET', 'get', 'POST'), error: hostile },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(fc.array(series, { minLength: 2, maxLength: 30 }), (all) => {
        const naming = new PlainNaming('p');
        const names = new Map<string, string>();
        for (const { metric, own, tags } of all) {
          const [first] = naming.render(id(metric, own, tags));
          expect(first!.name).toMatch(/^[A-Za-z0-9_.-]{1,200}$/);
          const timed = own ? /^(.+)\.(cpu|loop_busy|stalled)$/.exec(metric) : null;
          // A leaf is part of an identity; a metric that is no timing of ours has none.
          const identity = JSON.stringify([
            timed?.[1] ?? metric,
            own ? (timed?.[2] ?? 'wall') : '',
            Object.entries(tags).sort(),
          ]);
          const owner = names.get(first!.name.toLowerCase());
          expect(owner ?? identity).toBe(identity);
          names.set(first!.name.toLowerCase(), identity);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('name the root, keep long leaves and do not depend on the order of tags', () => {
    const naming = new PlainNaming('');
    const [root] = naming.render(
      id('http.server.request', true, { http_route: '/', http_method: 'GET', http_status_code: '200' }),
    );
    expect(root!.name).toBe('http.server.request.root.get.200.wall');
    const [long] = naming.render(
      id('http.server.request.cpu', true, { http_route: `/${'x'.repeat(10_000)}`, http_method: 'GET' }),
    );
    expect(long!.name).toMatch(/^http\.server\.request\.x+-[0-9a-f]{8}\.cpu$/);
    const [one] = new PlainNaming('').render(id('m', true, { b: '1', a: '2', http_route: '/r' }));
    const [two] = new PlainNaming('').render(id('m', true, { http_route: '/r', a: '2', b: '1' }));
    expect(one).toEqual(two);
  });
});

describe('per-view names', () => {
  it('are the view, its CPU and the roll-up', async () => {
    expect(await shapes({ names: 'per-view', tags: { app: 'a' } })).toEqual([
      'myapp.api.request.cpu:N|d|#app:a',
      'myapp.api.request:N|d|#app:a',
      'myapp.feed.cpu:N|d|#app:a,http_route:/users/:id,http_method:GET',
      'myapp.feed:N|d|#app:a,http_route:/users/:id,http_method:GET',
      'myapp.logins:N|c|#app:a,plan:free',
      'myapp.users._id.cpu:N|d|#app:a,http_method:GET',
      'myapp.users._id:N|d|#app:a,http_method:GET,http_status_code:200',
    ]);
  });

  it('are all there is where the wire has no tags', async () => {
    expect(await shapes({ names: 'per-view', server: 'statsd', tags: { app: 'a' } })).toEqual([
      'myapp.api.request.cpu:N|ms',
      'myapp.api.request:N|ms',
      'myapp.feed.cpu:N|ms',
      'myapp.feed:N|ms',
      'myapp.logins.plan.free:N|c',
      'myapp.users._id.cpu:N|ms',
      'myapp.users._id:N|ms',
    ]);
  });

  it('keep a view apart from the CPU of another, from the roll-up and from blocks', () => {
    const naming = new PerViewNaming('p', false);
    const name = (metric: string, route?: string) =>
      naming.render({
        metric,
        type: 'timing',
        own: true,
        rate: 1,
        breakdown: false,
        tags: route === undefined ? [] : [{ key: 'http_route', value: route, origin: 'request' }],
      })[0]!.name;
    const names = [
      name('http.server.request', '/users'),
      name('http.server.request.cpu', '/users'),
      name('http.server.request', '/users/cpu'),
      name('http.server.request', '/api/request'),
      name('http.server.request', '/feed'),
      name('feed'),
      name('feed.cpu'),
      'p.api.request',
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, 2)).toEqual(['p.users', 'p.users.cpu']);
  });
});

describe('presets and several namings', () => {
  it('continue the metrics of connect-datadog with their types', async () => {
    const tags = '#app:a,route:/users/:id,method:get,response_code:200';
    const found = await shapes({ names: 'connect-datadog', prefix: '', tags: { app: 'a' } });
    expect(found).toContain(`node.express.router.response_time:N|h|${tags}`);
    expect(found).toContain(`node.express.router.response_code.200:N|c|${tags}`);
    expect(found).toContain(`node.express.router.response_code.all:N|c|${tags}`);
    expect(found).toContain('http.server.request.cpu:N|d|#app:a,http_route:/users/:id,http_method:GET');
  });

  it('leave out the route of an unmatched request, as connect-datadog did', () => {
    const [first] = new ConnectDatadogNaming('').render({
      metric: 'http.server.request',
      type: 'distribution',
      own: true,
      rate: 1,
      breakdown: false,
      tags: [
        { key: 'http_route', value: 'unmatched', origin: 'request' },
        { key: 'http_method', value: 'GET', origin: 'request' },
      ],
    });
    expect(first!.tags.map((tag) => `${tag.key}:${tag.value}`)).toEqual(['method:get']);
  });

  it('continue the metrics of express-hot-shots', async () => {
    const found = await shapes({ names: 'express-hot-shots', prefix: '' });
    expect(found).toContain('http.get.users._id.response_time:N|ms');
    expect(found).toContain('http.get.users._id.status_code.200:N|c');
  });

  it('send both of two namings, count each request once in each, and the books once', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({
      sink,
      cpu: 'off',
      names: ['tagged', 'connect-datadog', ({ metric }) => ({ name: `mine.${metric}` })],
    });
    const server = http.createServer((_req, res) => res.end());
    httpMeter(server, { meter, route: () => '/home' });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (let i = 0; i < 5; i++) await fetch(url).then((answer) => answer.text());
    await new Promise((resolve) => server.close(resolve));
    await meter.close();
    const samples = (name: string) =>
      sink.lines
        .filter((line) => line.startsWith(`${name}:`))
        .flatMap((line) => line.split('|')[0]!.split(':').slice(1));
    expect(samples('http.server.request')).toHaveLength(5);
    expect(samples('node.express.router.response_time')).toEqual(samples('http.server.request'));
    expect(samples('mine.http.server.request')).toEqual(samples('http.server.request'));
    expect(
      samples('node.express.router.response_code.all')
        .map(Number)
        .reduce((a, b) => a + b),
    ).toBe(5);
    expect(meter.stats()).toMatchObject({ samples: 5, handed: 5, dropped: {} });
  });
});
