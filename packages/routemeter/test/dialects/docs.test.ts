import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { StatsD } from 'hot-shots';
import { describe, expect, it } from 'vitest';
import { snippetsOf } from '../../../testkit/src/readme.ts';
import { resolveConfig } from '../../src/config/index.ts';
import { httpMeter } from '../../src/frameworks/http.ts';
import { CaptureSink, createMeter, type MeterOptions, wrapClient } from '../../src/index.ts';
import { dialectFor, namingFor } from '../../src/meter/choices.ts';
import { Output } from '../../src/outputs/index.ts';
import { Series } from '../../src/series/index.ts';

function snippet(page: string, name: string): string {
  const text = readFileSync(new URL(`../../../../docs/${page}.md`, import.meta.url), 'utf8');
  const found = snippetsOf(text).find((one) => one.name === name);
  if (found === undefined) throw new Error(`docs/${page}.md has no snippet "${name}"`);
  return found.code.trimEnd();
}

describe('docs/dialects.md', () => {
  it.each([
    ['dogstatsd', 'datadog'],
    ['graphite', 'graphite'],
    ['influx', 'telegraf'],
    ['statsd', 'statsd'],
  ] as const)('shows what %s looks like', (name, server) => {
    const config = resolveConfig({ server, prefix: 'myapp' }, {});
    const sink = new CaptureSink();
    const output = new Output(0, {
      upstreams: [],
      naming: namingFor(config),
      dialect: dialectFor(config),
      sink,
      pack: config.pack,
      breakdown: false,
    });
    const tags = [
      { key: 'app', value: 'shop', origin: 'app' },
      { key: 'http_route', value: '/users/:id', origin: 'request' },
      { key: 'http_method', value: 'GET', origin: 'request' },
      { key: 'http_status_code', value: '200', origin: 'request' },
    ] as const;
    const id = {
      metric: 'http.server.request',
      type: config.timings,
      tags,
      rate: 1,
      own: true,
      breakdown: false,
    };
    const series = new Series(id, false, 0, () => {});
    series.record(12.345);
    series.record(8.1);
    output.write(series);
    output.tick();
    expect(sink.lines.join('\n')).toBe(snippet('dialects', name));
  });

  it('shows the hash of a text that would be stored like another', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink });
    for (const route of ['/a/:b', '/a/:b?']) meter.count('c', 1, { tags: { http_route: route } });
    await meter.close();
    const text = readFileSync(new URL('../../../../docs/dialects.md', import.meta.url), 'utf8');
    expect(text).toContain(`\`${sink.lines[1]!.slice('c:1|c|#http_route:'.length)}\``);
  });
});

describe('docs/names.md', () => {
  it.each<[string, MeterOptions]>([
    ['tagged', {}],
    ['plain', { server: 'statsd' }],
    ['per-view', { names: 'per-view' }],
  ])('shows the names of %s', async (name, options) => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, prefix: 'myapp', tags: { app: 'shop' }, ...options });
    const server = http.createServer((_request, response) => {
      meter.time('feed', () => {});
      meter.increment('logins', 1, { tags: { plan: 'free' } });
      response.end();
    });
    httpMeter(server, { meter, route: () => '/users/:id' });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/users/42`).then((answer) =>
      answer.text(),
    );
    await new Promise((resolve) => server.close(resolve));
    await meter.close();
    const names = sink.lines
      .filter((line) => !line.includes('cpu_after'))
      .map((line) =>
        `${line.slice(0, line.indexOf(':'))} ${(line.split('|#')[1] ?? '').replaceAll(',', ' ')}`.trim(),
      );
    expect(names.sort()).toEqual(snippet('names', name).split('\n').sort());
  });

  it('has a function that does what it says', async () => {
    const sink = new CaptureSink();
    let options: MeterOptions = {};
    new Function('createMeter', snippet('names', 'function'))((given: MeterOptions) => {
      options = given;
    });
    const meter = createMeter({ sink, ...options });
    meter.count('jobs');
    meter.count('hits', 1, { tags: { http_route: '/home' } });
    await meter.close();
    expect(sink.lines).toEqual(['jobs:1|c', 'web.hits:1|c|#route:/home,team:blue']);
  });
});

describe('docs/migrate-hot-shots.md', () => {
  class Mock extends StatsD {
    declare mockBuffer: string[];
    constructor(options: object) {
      super({ ...options, mock: true });
    }
  }

  it('keeps a client', async () => {
    const run = new Function(
      'StatsD',
      'createMeter',
      `${snippet('migrate-hot-shots', 'keep')}; return { client, meter };`,
    );
    const { client, meter } = run(Mock, createMeter);
    await meter.close();
    expect(client.mockBuffer.join('\n')).toBe(snippet('migrate-hot-shots', 'keep-lines'));
    client.close();
  });

  it('wraps a client', () => {
    const client = new Mock({});
    new Function('client', 'wrapClient', snippet('migrate-hot-shots', 'wrap'))(client, wrapClient);
    expect(client.mockBuffer.join('\n')).toBe(snippet('migrate-hot-shots', 'wrap-lines'));
    client.close();
  });
});

describe('docs/cost.md', () => {
  it('counts as stats().customMetrics does: fifty routes with two statuses are 750', async () => {
    const meter = createMeter({ sink: new CaptureSink() });
    const server = http.createServer((request, response) => {
      response.statusCode = request.url!.endsWith('1') ? 500 : 200;
      response.end();
    });
    httpMeter(server, { meter, route: (request) => request.url!.slice(0, -2) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (let route = 0; route < 50; route++) {
      for (const status of [0, 1]) await fetch(`${url}/r${route}/${status}`).then((answer) => answer.text());
    }
    await new Promise((resolve) => server.close(resolve));
    const late = [...meter.core.registry.values()].filter(
      ({ id }) => id.metric === 'http.server.cpu_after',
    ).length;
    const exact = meter.stats().cpu.mode === 'exact' ? 5 : 0;
    expect(meter.stats().customMetrics - late).toBe(50 * (2 * 5 + exact));
    await meter.close();
  });
});
