import http, { type RequestListener } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpMeter } from '../../src/frameworks/http.ts';
import { type CaptureMeter, captureMeter, expectMetric } from '../../src/testing/index.ts';
import { until } from '../sinks/counting-server.ts';

const NAME = 'http.server.request';
const open: http.Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(
  captured: CaptureMeter,
  handler: RequestListener,
  route = (url: string) => url,
): Promise<number> {
  const server = http.createServer(handler);
  httpMeter(server, { meter: captured.meter, route: (request) => route(request.url ?? '') });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function get(port: number, path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  await response.arrayBuffer();
  return response;
}

/** Waits until `count` requests are recorded; what never comes fails by the test's time limit. */
async function recorded(captured: CaptureMeter, count: number) {
  for (;;) {
    const metrics = await captured.metrics();
    const samples = metrics.filter((metric) => metric.name === NAME);
    if (samples.length >= count) return metrics;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('requests', () => {
  it('are recorded once each, with route, method and status', async () => {
    const captured = captureMeter({ tags: { app: 'shop' } });
    const port = await serve(
      captured,
      (_, response) => response.end('ok'),
      (url) => url.replace(/\d+/, ':id'),
    );
    for (let i = 0; i < 5; i++) await get(port, `/users/${i}`);
    await get(port, '/users/1', { method: 'POST', body: 'x' });
    const metrics = await recorded(captured, 6);
    expectMetric(metrics, NAME)
      .withTags({ app: 'shop', http_route: '/users/:id', http_method: 'GET', http_status_code: 200 })
      .times(5);
    expectMetric(metrics, NAME).withTags({ http_method: 'POST' }).times(1);
    expectMetric(metrics, `${NAME}.cpu`).times(6);
    expectMetric(metrics, NAME).times(6);
  });

  it('read unmatched where the route function answers nothing or throws', async () => {
    const captured = captureMeter();
    const port = await serve(
      captured,
      (_, response) => response.end(),
      (url) => {
        if (url === '/throws') throw new Error('no');
        return null as never;
      },
    );
    await get(port, '/throws');
    await get(port, '/nothing');
    expectMetric(await recorded(captured, 2), NAME)
      .withTags({ http_route: 'unmatched' })
      .times(2);
  });

  it('fold methods nobody knows', async () => {
    const captured = captureMeter({ methods: ['PURGE'] });
    const port = await serve(captured, (_, response) => response.end());
    for (const method of ['PURGE', 'PROPFIND', 'M-SEARCH']) await get(port, '/x', { method });
    const metrics = await recorded(captured, 3);
    expectMetric(metrics, NAME).withTags({ http_method: 'PURGE' }).times(1);
    expectMetric(metrics, NAME).withTags({ http_method: 'other' }).times(2);
  });

  it('are 499 when the client left before the headers, and the status sent if it left later', async () => {
    const captured = captureMeter();
    let asked = 0;
    const port = await serve(captured, (request, response) => {
      asked++;
      if (request.url === '/headers') {
        response.writeHead(202);
        response.write('x');
      }
    });
    for (const [before, path] of ['/nothing', '/headers'].entries()) {
      const abort = new AbortController();
      const request = fetch(`http://127.0.0.1:${port}${path}`, { signal: abort.signal }).catch(() => {});
      await until(() => asked > before);
      abort.abort();
      await request;
    }
    const metrics = await recorded(captured, 2);
    expectMetric(metrics, NAME)
      .withTags({ http_route: '/nothing', http_status_code: 499, aborted: 'true' })
      .times(1);
    expectMetric(metrics, NAME)
      .withTags({ http_route: '/headers', http_status_code: 202, aborted: 'true' })
      .times(1);
  });

  it('are recorded when the handler destroys the connection', async () => {
    const captured = captureMeter();
    const port = await serve(captured, (_, response) => response.destroy());
    await get(port, '/x').catch(() => {});
    expectMetric(await recorded(captured, 1), NAME)
      .withTags({ aborted: 'true' })
      .times(1);
  });

  it('are recorded when they wait pipelined behind a response that never came', async () => {
    const captured = captureMeter();
    let asked = 0;
    const port = await serve(captured, () => void asked++);
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => asked === 2);
    socket.destroy();
    const metrics = await recorded(captured, 2);
    expectMetric(metrics, NAME).withTags({ http_status_code: 499, aborted: 'true' }).times(2);
  });

  it('are not ended early by a request that was read to its end', async () => {
    const captured = captureMeter();
    const port = await serve(captured, (request, response) => {
      request.resume();
      request.on('end', () => setTimeout(() => response.end('late'), 20));
    });
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n');
    const metrics = await recorded(captured, 2);
    socket.destroy();
    expectMetric(metrics, NAME).withTags({ http_status_code: 200 }).times(2);
    expect(metrics.some((metric) => metric.tags.aborted)).toBe(false);
  });

  it.each([
    ['setHeader', (response: http.ServerResponse) => response.setHeader('content-type', 'text/event-stream')],
    [
      'writeHead',
      (response: http.ServerResponse) => response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }),
    ],
  ])('end at the headers for streams (%s); the rest is a metric of its own', async (_, head) => {
    const captured = captureMeter();
    const port = await serve(captured, (_request, response) => {
      head(response);
      response.write('data: 1\n\n');
      setTimeout(() => response.end('data: 2\n\n'), 120);
    });
    await get(port, '/events');
    const metrics = await recorded(captured, 1);
    const [request] = expectMetric(metrics, NAME).samples();
    const [stream] = expectMetric(metrics, 'http.server.stream')
      .withTags({ http_route: '/events' })
      .samples();
    expect(Number(request?.value)).toBeLessThan(Number(stream?.value));
  });

  it('are not streams when the length is known', async () => {
    const captured = captureMeter();
    const port = await serve(captured, (_, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.end('data: 1\n\n');
    });
    await get(port, '/short');
    expectMetric(await recorded(captured, 1), 'http.server.stream').times(0);
  });

  it('carry tags from inside, and give them to plain metrics too', async () => {
    const captured = captureMeter({
      requestTags: (request) => ({ agent: String(request.headers['x-agent']) }),
    });
    const { meter } = captured;
    const port = await serve(captured, async (_, response) => {
      meter.tag('tenant', 'acme');
      await new Promise((resolve) => setImmediate(resolve));
      meter.count('hits', 1, { tags: { a: 'b' } });
      response.end();
    });
    await get(port, '/x', { headers: { 'x-agent': 'test' } });
    const metrics = await recorded(captured, 1);
    expectMetric(metrics, NAME).withTags({ tenant: 'acme', agent: 'test' }).times(1);
    const [hit] = expectMetric(metrics, 'hits').samples();
    expect(hit?.tags).toEqual({ tenant: 'acme', a: 'b' });
    meter.tag('outside', 'ignored');
    expect(meter.stats().ignoredTags).toBe(1);
  });

  it('can be named from inside', async () => {
    const captured = captureMeter();
    const port = await serve(captured, (_, response) => {
      captured.meter.route('query GetUser');
      response.end();
    });
    await get(port, '/graphql');
    expectMetric(await recorded(captured, 1), NAME)
      .withTags({ http_route: 'query GetUser' })
      .times(1);
  });

  it('are left out when their route is ignored', async () => {
    const captured = captureMeter({ ignore: ['/healthz'] });
    const port = await serve(captured, (_, response) => captured.meter.time('inside', () => response.end()));
    await get(port, '/healthz');
    await get(port, '/x');
    const metrics = await recorded(captured, 1);
    expectMetric(metrics, NAME).times(1);
    expectMetric(metrics, 'inside').times(1);
  });

  it('survive a requestTags function that throws', async () => {
    const captured = captureMeter({
      requestTags: () => {
        throw new Error('no');
      },
    });
    const port = await serve(captured, (_, response) => response.end());
    expect((await get(port, '/x')).status).toBe(200);
    expectMetric(await recorded(captured, 1), NAME).times(1);
  });

  it('tie their blocks to the route, 256 at most, and count the others as pending', async () => {
    const captured = captureMeter();
    const { meter } = captured;
    const port = await serve(captured, (_, response) => {
      for (let i = 0; i < 300; i++) meter.time('step', () => {});
      response.end();
      setTimeout(() => meter.time('after', () => {}), 20);
    });
    await get(port, '/x');
    await recorded(captured, 1);
    await expect
      .poll(async () => (await captured.metrics()).filter(({ name }) => name === 'after'))
      .toHaveLength(1);
    const metrics = await captured.metrics();
    expectMetric(metrics, 'step').withTags({ http_route: '/x', http_method: 'GET' }).times(256);
    expectMetric(metrics, 'step').withTags({ http_route: 'pending' }).times(44);
    expectMetric(metrics, 'after').withTags({ http_route: '/x' }).times(1);
    expect(meter.stats().pending).toBe(44);
  });

  it('are sampled, blocks too, by the rate that is sent with them', async () => {
    const captured = captureMeter({ sampleRate: 0.5, cpu: 0.5 });
    const port = await serve(captured, (_, response) => {
      for (let i = 0; i < 10; i++) captured.meter.time('step', () => {});
      response.end();
    });
    await Promise.all(Array.from({ length: 400 }, () => get(port, '/x')));
    await captured.settled();
    const metrics = await captured.metrics();
    const count = (name: string, rate: number) => {
      const samples = metrics.filter((metric) => metric.name === name);
      expect(new Set(samples.map((sample) => sample.rate))).toEqual(new Set([rate]));
      return samples.length;
    };
    // Six standard deviations to either side.
    expect(Math.abs(count(NAME, 0.5) - 200)).toBeLessThan(60);
    expect(Math.abs(count(`${NAME}.cpu`, 0.25) - 100)).toBeLessThan(60);
    expect(Math.abs(count('step', 0.5) - 2000)).toBeLessThan(190);
  });

  it('are counted once by two meters on the same server; the first explicit one counts', async () => {
    const first = captureMeter();
    const second = captureMeter();
    const server = httpMeter(
      http.createServer((_, response) => response.end()),
      { meter: first.meter },
    );
    httpMeter(server, { meter: second.meter });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await get((server.address() as AddressInfo).port, '/x');
    await Promise.all([first.settled(), second.settled()]);
    const total = [...(await first.metrics()), ...(await second.metrics())].filter(
      (metric) => metric.name === NAME,
    );
    expect(total).toHaveLength(1);
  });
});

it.each([
  ['no server', null, undefined, 'null is no server'],
  ['no object of options', http.createServer(), null, 'null is no object'],
  ['no meter', http.createServer(), { meter: 'mine' }, 'takes a meter'],
])('httpMeter refuses what is %s', (_what, server, options, says) => {
  expect(() => httpMeter(server as never, options as never)).toThrow(
    expect.objectContaining({ code: 'RM_OPTION_INVALID', message: expect.stringContaining(says) }),
  );
});
