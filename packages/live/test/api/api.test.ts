import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rangeOf } from '../../src/api/endpoint.ts';
import type { Reader } from '../../src/store/store.ts';
import { type Json, startLive, until } from '../helpers.ts';

let live: Awaited<ReturnType<typeof startLive>>;
beforeAll(async () => {
  live = await startLive();
  await live.send(
    [
      'http.server.request:100:200|d|#http_route:/home,http_method:GET,http_status_code:200,app:shop',
      'http.server.request.cpu:10:20|d|#http_route:/home,http_method:GET,app:shop',
      'http.server.stream:9|d|#http_route:/home,http_method:GET,app:shop',
      'db.query:5:5:5:5:5:5|d|#http_route:/home,http_method:GET,app:shop',
      'db.query.cpu:1:1:1:1:1:1|d|#http_route:/home,http_method:GET,app:shop',
      'render:30:30|ms|#http_route:/home,http_method:GET,app:shop',
      'db.query:5|d|#http_route:/other,http_method:GET,app:shop',
      'level:7|g|#host:a',
      'level:9|g|#host:b',
      'hits:3|c|#name:x',
      'hits:4|c|#name:y',
      'users:a|s\nusers:b|s',
    ].join('\n'),
  );
});
afterAll(() => live[Symbol.asyncDispose]());

function raw(options: { path: string; method?: string; headers?: Record<string, string> }) {
  return new Promise<{ status: number; body: string; headers: Json }>((resolve, reject) => {
    const { port } = live.live;
    const req = request({ host: '127.0.0.1', port, ...options }, (res) => {
      let body = '';
      res.on('data', (chunk) => {
        body += chunk;
      });
      res.on('end', () => resolve({ status: res.statusCode!, body, headers: res.headers }));
    });
    req.on('error', reject);
    req.end();
  });
}

const sum = (points: number[]) => points.reduce((a, b) => a + b, 0);

describe('answers', () => {
  it('blocks of a route, with calls per request and share', async () => {
    const { body } = await live.get('/api/blocks?route=/home&method=get');
    expect(body.requests).toBe(2);
    expect(body.blocks).toMatchObject([
      { name: 'render', count: 2, perRequest: 1, cpu: null, share: 0.2 },
      { name: 'db.query', count: 6, perRequest: 3, cpu: { mean: 1 }, share: 0.1, wall: { mean: 5, max: 5 } },
    ]);
    expect((await live.get('/api/blocks?route=/nope&method=GET')).body.blocks).toEqual([]);
    expect((await live.get('/api/blocks?route=/home&method=GET&service=shop')).body.blocks).toHaveLength(2);
    expect((await live.get('/api/blocks?route=/home&method=GET&service=web')).body.blocks).toEqual([]);
  });

  it('routes, and the tags that they can be narrowed by', async () => {
    await using own = await startLive();
    const tagged = (host: string, ms: number, more = '') =>
      ['', '.cpu']
        .map(
          (part) =>
            `shop.http.server.request${part}:${ms}|d|#http_route:/a,http_method:GET,host:${host}${more}`,
        )
        .join('\n');
    const keys = Array.from({ length: 30 }, (_, i) => tagged('many', 1, `,key${i}:x`));
    await own.send(
      tagged('a', 10, ',__proto__:x'),
      tagged('b', 20, ',env:dev'),
      tagged('b', 30, ',env:prod'),
      'db.query:5:5|d|#http_route:/a,http_method:GET,host:b',
      'db.query:5|d|#http_route:/a,http_method:GET,host:a',
    );
    const counts = async (query: string) =>
      (await own.get(`/api/routes?${query}`)).body.routes.map((row: Json) => [
        row.count,
        row.cpu?.mean ?? null,
      ]);
    expect(await counts('')).toEqual([[3, 20]]);
    expect(await counts('tag:host=b')).toEqual([[2, 25]]);
    expect(await counts('tag:host=b&tag:env=prod')).toEqual([[1, 30]]);
    expect(await counts('tag:__proto__=x')).toEqual([[1, 10]]);
    expect(await counts('tag:host=c')).toEqual([]);
    expect(await counts('tag:constructor=')).toEqual([[3, 20]]);
    const spark = (await own.get('/api/routes?tag:host=a')).body.routes[0].spark;
    expect(Math.max(...spark)).toBeCloseTo(10, 0);
    // More questions than are remembered.
    for (let i = 0; i < 20; i++) await own.get(`/api/routes?tag:host=${i}`);
    const again = (await own.get('/api/routes?tag:host=a')).body.routes[0].spark;
    expect(Math.max(...again)).toBeCloseTo(10, 0);
    const { tags } = (await own.get('/api/routes?tag:host=a')).body;
    expect(tags).toMatchObject({ env: ['dev', 'prod'], host: ['a', 'b'], http_route: ['/a'] });
    expect(Object.getOwnPropertyDescriptor(tags, '__proto__')?.value).toEqual(['x']);

    const blocks = (await own.get('/api/blocks?route=/a&method=GET&tag:host=b')).body;
    expect(blocks).toMatchObject({ requests: 2, blocks: [{ name: 'db.query', count: 2, perRequest: 1 }] });
    const before = Date.now() - 120_000;
    expect((await own.get(`/api/blocks?route=/a&method=GET&end=${before}`)).body).toMatchObject({
      requests: 0,
      blocks: [],
    });
    expect(await counts(`end=${before}`)).toEqual([]);
    expect(await counts(`end=${Date.now() + 5000}&window=120`)).toEqual([[3, 20]]);

    await own.send(...keys);
    expect(Object.keys((await own.get('/api/routes')).body.tags)).toHaveLength(20);
    await fetch(`${own.live.url}/api/reset`, { method: 'POST' });
    await own.send(
      ...Array.from({ length: 60 }, (_, i) => tagged('many', 1, `,n:${i}`)),
      tagged('x'.repeat(201), 1),
    );
    const most = (await own.get('/api/routes')).body.tags;
    expect(most.n).toHaveLength(50);
    expect(most.host).toEqual(['many']);
  });

  it('metrics with their tags and series', async () => {
    const { body } = await live.get('/api/metrics');
    const hits = body.metrics.find((one: Json) => one.name === 'hits');
    expect(hits).toMatchObject({ type: 'count', tags: ['name'], series: 2, customMetrics: 2 });
    expect(hits.last).toBeGreaterThan(Date.now() - 60_000);
  });

  it('queries by stat, tag and group', async () => {
    const ask = async (query: string) => (await live.get(`/api/query?window=60&${query}`)).body;
    const counts = await ask('name=hits&stat=count&by=name');
    expect(counts.series.map((one: Json) => [one.tags.name, sum(one.points)])).toEqual([
      ['x', 3],
      ['y', 4],
    ]);
    expect(sum((await ask('name=hits&stat=count&tag:name=y')).series[0].points)).toBe(4);
    expect((await ask('name=level&host=a')).series[0]).toMatchObject({ stat: 'last', type: 'gauge' });
    expect((await ask('name=level&host=a')).series[0].points.at(-1)).toBe(7);
    expect(Math.max(...(await ask('name=users')).series[0].points)).toBe(2);
    const several = await ask(
      'name=db.query&http_route=/home&stat=p50,p99.9,mean,min,max,sum,count,rate,last',
    );
    expect(several.series.map((one: Json) => one.stat)).toEqual(
      'p50 p99.9 mean min max sum count rate last'.split(' '),
    );
    const at = several.series[2].points.findIndex((p: unknown) => p !== null);
    for (const [i, expected] of [5, 5, 5, 5, 5, 30, 6].entries())
      expect(several.series[i].points[at]).toBe(expected);
    expect(several.series[0].points.filter((p: unknown) => p !== null)).toHaveLength(1);
    expect(several.series[6].points.filter((p: unknown) => p === null)).toEqual([]);
    const heat = await ask('name=db.query&stat=heat');
    expect(sum(heat.series[0].points.flat())).toBe(7);
    expect(heat.series[0].bins.at(-1)).toBeGreaterThanOrEqual(5);
    expect((await ask('name=nothing')).series).toEqual([]);
  });

  it('keeps start, step and points together', async () => {
    const { body } = await live.get('/api/query?name=hits&window=300&step=10&stat=count');
    expect(body.step).toBe(10);
    expect(body.start % 10_000).toBe(0);
    expect(body.start + body.series[0].points.length * 10_000).toBeGreaterThan(Date.now() - 11_000);
  });

  it('Prometheus text that names each series once', async () => {
    const { body, headers } = await raw({ path: '/metrics' });
    expect(headers['content-type']).toContain('version=0.0.4');
    await until(async () => (await raw({ path: '/metrics' })).body.includes('hits_total{name="y"} 4'));
    const lines = (await raw({ path: '/metrics' })).body.split('\n');
    expect(lines).toContain('level{host="b"} 9');
    expect(lines).toContain(
      'http_server_request_bucket{app="shop",http_method="GET",http_route="/home",http_status_code="200",le="100"} 1',
    );
    const samples = lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.replace(/ [^ ]+$/, ''));
    expect(new Set(samples).size).toBe(samples.length);
    for (const line of body.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
      expect(line).toMatch(
        /^[a-zA-Z_:][\w:]*(\{[a-zA-Z_]\w*="(?:[^"\\]|\\.)*"(,[a-zA-Z_]\w*="(?:[^"\\]|\\.)*")*\})? -?[\d.e+-]+$/,
      );
    }
  });
});

it('a window into the past has its last second as a whole, one up to now as far as it has come', () => {
  const range = (now: number, end?: number, since = 0) =>
    rangeOf({ store: { slotMs: 1000, until: () => now, since: () => since } as Reader }, 60, end);
  expect(range(100_499)).toEqual({ from: 41_000, to: 100_499, elapsed: 59.5 });
  expect(range(200_499, 100_500)).toEqual({ from: 41_000, to: 100_500, elapsed: 60 });
  expect(range(200_499, 100_999)).toEqual({ from: 41_000, to: 100_999, elapsed: 60 });
  expect(range(100_499, 130_000)).toMatchObject({ from: 71_000, elapsed: 29.5 });
  expect(range(200_499, 100_500, 96_000)).toMatchObject({ from: 41_000, elapsed: 5 });
  expect(range(200_499, 100_500, 150_000)).toMatchObject({ elapsed: 1 });
});

it('a window over an engine is one of whole ticks', () => {
  const store = { slotMs: 10_000, until: () => 199_999, since: () => undefined } as Reader;
  expect(rangeOf({ store }, 60)).toEqual({ from: 140_000, to: 199_999, elapsed: 60 });
  expect(rangeOf({ store }, 61)).toEqual({ from: 130_000, to: 199_999, elapsed: 70 });
  expect(rangeOf({ store }, 60, 195_500)).toEqual({ from: 140_000, to: 195_500, elapsed: 60 });
});

describe('bad requests', () => {
  it.each([
    ['/api/routes?window=0', 'window'],
    ['/api/routes?window=-1', 'window'],
    ['/api/routes?window=1.5', 'window'],
    ['/api/routes?window=', 'window'],
    ['/api/routes?window=99999999999', 'window'],
    ['/api/blocks', 'route'],
    ['/api/blocks?route=/x', 'method'],
    ['/api/query', 'name'],
    ['/api/query?name=m&step=0', 'step'],
    ['/api/query?name=m&window=86400&step=1', 'step'],
    ['/api/query?name=m&stat=p100', 'stat'],
    ['/api/query?name=m&stat=median', 'stat'],
    ['/api/query?name=m&type=x', 'type'],
    ['/api/raw?limit=1e3', 'limit'],
    ['/api/routes?end=now', 'end'],
    ['/api/routes?tag:=x', 'tag'],
    ['/api/routes?tag:host=a&tag:host=b', 'tag:host'],
    ['/api/blocks?route=/x&method=GET&end=-1', 'end'],
    ['/api/blocks?route=/x&method=GET&tag:=x', 'tag'],
    ['/api/query?name=m&tag:=x', 'tag'],
    ['/api/query?name=m&host=a&tag:host=b', 'tag:host'],
    ['/api/stream?tag:=x', 'tag'],
    ['/api/stream?window=x', 'window'],
  ])('%s: 400 that names the parameter', async (path, parameter) => {
    const { status, body } = await live.get(path);
    expect(status).toBe(400);
    expect(body.error.code).toBe('BAD_PARAMETER');
    expect(body.error.message).toMatch(new RegExp(`^${parameter}\\b`));
  });

  it.each([
    ['/api/nothing', 'GET', 404, 'NOT_FOUND'],
    ['/../../package.json', 'GET', 404, 'NOT_FOUND'],
    ['/%2e%2e/%2e%2e/package.json', 'GET', 404, 'NOT_FOUND'],
    ['/..%2f..%2fpackage.json', 'GET', 404, 'NOT_FOUND'],
    ['/%', 'GET', 404, 'NOT_FOUND'],
    ['/api/routes', 'POST', 405, 'WRONG_METHOD'],
    ['/api/reset', 'GET', 405, 'WRONG_METHOD'],
    ['/', 'DELETE', 404, 'NOT_FOUND'],
  ])('%s by %s: %i', async (path, method, status, code) => {
    const answer = await raw({ path, method });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).error.code).toBe(code);
  });

  it('are refused for a Host that is not ours', async () => {
    const { port } = live.live;
    for (const host of [
      `evil.example:${port}`,
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil',
      '10.0.0.1',
    ]) {
      expect((await raw({ path: '/api/routes', headers: { host } })).status, host).toBeGreaterThanOrEqual(
        400,
      );
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST']) {
      expect((await raw({ path: '/livez', headers: { host } })).status, host).toBe(200);
    }
  });

  it('carry headers that keep the page to itself', async () => {
    for (const path of ['/livez', '/', '/api/nothing']) {
      const { headers } = await raw({ path });
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('with endless headers end', async () => {
    const socket = connect(live.live.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}`);
    socket.resume();
    await closed;
  });
});

describe('reset', () => {
  it('is for this page and for programs, not for other pages', async () => {
    await using own = await startLive();
    await own.send('m:1|c', 'bad');
    const post = (headers: Record<string, string>) =>
      fetch(`${own.live.url}/api/reset`, { method: 'POST', headers }).then((response) => response.status);
    expect(await post({ origin: 'http://evil.example' })).toBe(403);
    expect(await post({ origin: 'null' })).toBe(403);
    expect((await own.get('/api/metrics')).body.metrics).toHaveLength(1);
    expect(await post({ origin: own.live.url })).toBe(200);
    expect((await own.get('/api/metrics')).body.metrics).toEqual([]);
    expect((await own.get('/api/raw')).body.lines).toEqual([]);
    await own.send('m:1|c');
    expect(await post({})).toBe(200);
    await own.send('m:5|c');
    const { body } = await own.get('/api/query?name=m&stat=count');
    expect(sum(body.series[0].points)).toBe(5);
  });
});

describe('the stream', () => {
  async function* events(url: string): AsyncGenerator<{ event: string; data: Json }> {
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [event, data] = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        yield { event: event!.slice(7), data: JSON.parse(data!.slice(6)) };
      }
    }
  }

  it('sends its configuration first, then an update a second', async () => {
    const seen: { event: string; data: Json }[] = [];
    for await (const one of events(`${live.live.url}/api/stream?window=120`)) {
      // It comes as often as a page must hear something, where a machine is busy.
      if (one.event !== 'wait') seen.push(one);
      if (seen.length === 3) break;
    }
    expect(seen.map(({ event }) => event)).toEqual(['config', 'update', 'update']);
    expect(seen[0]!.data).toMatchObject({
      http: live.live.url,
      udp: live.live.udp,
      window: 120,
      retention: 3600,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect(seen[1]!.data.routes).toMatchObject([{ route: '/home', count: 2 }]);
    expect(seen[2]!.data.at).toBeGreaterThan(seen[1]!.data.at);
    expect(seen[2]!.data.stats.rejected).toBe(0);
    // Numbers come first, the lines of five minutes after them.
    const told = seen
      .slice(1)
      .map(({ data }) => data.routes[0].spark.some((p95: number | null) => p95 !== null));
    expect(told).toEqual([false, true]);
    await until(async () => (await live.live.stats()).streams === 0);
  });

  it('narrows by tags, for each client as it asked', async () => {
    const first = async (query: string) => {
      for await (const { event, data } of events(`${live.live.url}/api/stream?${query}`)) {
        if (event === 'update') return data.routes.length;
      }
    };
    expect(
      await Promise.all(['tag:app=shop', 'tag:app=web', 'tag:http_status_code=200&tag:app=shop'].map(first)),
    ).toEqual([1, 0, 1]);
  });

  it('drops a client that does not read, and never waits for it', async () => {
    await using own = await startLive();
    // More than the bound in one update, so that few are needed to fill what the system holds, too.
    const lines = Array.from(
      { length: 1500 },
      (_, i) => `http.server.request:1|d|#http_route:/${'x'.repeat(4000)}${i},http_method:GET`,
    );
    for (let i = 0; i < lines.length; i += 15) await own.send(lines.slice(i, i + 15).join('\n'));
    const socket = connect({ port: own.live.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.pause();
    await until(async () => (await own.live.stats()).streams === 1);
    await until(async () => (await own.live.stats()).streams === 0);
    expect((await own.get('/livez')).status).toBe(200);
    socket.destroy();
  });

  it('has a bound on clients', async () => {
    await using own = await startLive();
    const open = await Promise.all(Array.from({ length: 64 }, () => fetch(`${own.live.url}/api/stream`)));
    expect((await own.get('/api/stream')).status).toBe(503);
    await Promise.all(open.map((response) => response.body!.cancel()));
  });
});

describe('starting', () => {
  it.each([
    [{ port: -1 }, 'port'],
    [{ statsdPort: 70_000 }, 'statsdPort'],
    [{ retention: 0 }, 'retention'],
    [{ maxSeries: -1 }, 'maxSeries'],
    [{ forward: 'http://x:1' }, 'forward'],
    [{ forward: ['udp://x:1', 'udp://x:1?size=1'] }, 'size=1'],
    [{ forward: 'unixstream:///x?framing=x' }, 'framing=x'],
    [{ rules: 'x' as 'etsy' }, 'rules'],
    [{ units: { m: 'h' as 's' } }, 'units'],
    [{ buckets: { ms: [2, 1] } }, 'buckets'],
    [{ unix: '' }, 'unix'],
    [{ host: '' }, 'host'],
  ])('with %j throws BAD_OPTION', async (options, name) => {
    await expect(startLive(options)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(name),
    });
  });

  it('on a port in use throws PORT_IN_USE and leaves nothing open', async () => {
    const { port, statsdPort } = live.live;
    await expect(startLive({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await expect(startLive({ statsdPort })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });
});
