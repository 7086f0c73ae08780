import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpMeter } from '../../src/frameworks/http.ts';
import { captureMeter, expectMetric, type MetricMatchers, metricMatchers } from '../../src/testing/index.ts';

expect.extend(metricMatchers);

declare module 'vitest' {
  interface Matchers<T> extends MetricMatchers<T> {}
}

async function serve(meter: ReturnType<typeof captureMeter>): Promise<{ url: string; close(): void }> {
  const server = http.createServer((request, response) => {
    meter.count('hits', 2, { tags: { plan: 'free' } });
    // The client has everything before the server is done.
    response.end('ok', () => setTimeout(() => meter.count('late'), 15));
    void request;
  });
  httpMeter(server, { meter, route: () => '/home' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/home`,
    close: () => server.close(),
  };
}

describe('a captured meter', () => {
  it('is a meter, settles, and is asserted by name', async () => {
    const meter = captureMeter({ tags: { app: 'shop' } });
    const server = await serve(meter);
    for (let i = 0; i < 3; i++) await fetch(server.url).then((answer) => answer.text());
    await meter.settled();
    server.close();
    expectMetric('http.server.request')
      .withTags({ http_route: '/home', http_status_code: 200, app: 'shop' })
      .times(3);
    expectMetric('late').withValue(3).times(1);
    expectMetric(meter, 'hits')
      .withValue((value) => value === 6)
      .times(1);
    expectMetric(await meter.metrics(), 'hits').atLeast(1);
    expect(meter).toHaveMetric('http.server.request', { tags: { http_method: 'GET' }, times: 3 });
    expect(meter).not.toHaveMetric('http.server.request', { tags: { http_method: 'POST' } });
    await meter.clear();
    expect(await meter.lines()).toEqual([]);
    await meter.close();
  });

  it('says what there was instead', async () => {
    const meter = captureMeter();
    meter.count('hits', 1, { tags: { plan: 'free' } });
    meter.count('misses');
    expect(() => expectMetric('hits').withTags({ plan: 'paid' }).times(2)).toThrow(
      /expected exactly 2 samples of "hits" with tags \{"plan":"paid"\}, got 0\n\s+1 x hits \{"plan":"free"\}/,
    );
    expect(() => expectMetric('hit').atLeast(1)).toThrow('recorded names: hits, misses');
    expect(() => expect(meter).toHaveMetric('hits', { times: 2 })).toThrow(
      'expected exactly 2 samples of "hits"',
    );
    expect(() => expect(meter).not.toHaveMetric('hits')).toThrow('expected no such samples of "hits", got 1');
    await meter.close();
    expect(() => expectMetric(captureMeter(), 'x').times(1)).toThrow('nothing was recorded');
  });

  it('looks at the newest meter, and refuses one that captures nothing', async () => {
    const first = captureMeter();
    first.count('first');
    const second = captureMeter();
    second.count('second');
    expectMetric('first').times(0);
    expectMetric('second').times(1);
    expectMetric(first, 'first').times(1);
    const { createMeter } = await import('../../src/index.ts');
    expect(() => expectMetric(createMeter({ url: 'null:' }), 'x')).toThrow('captureMeter()');
  });
});
