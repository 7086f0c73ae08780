import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import http2, { type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { installedFolder } from '../../../testkit/src/installed.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { httpMeter } from '../../src/frameworks/http.ts';
import { type CaptureMeter, captureMeter, expectMetric } from '../../src/testing/index.ts';

const NAME = 'http.server.request';
const open: Http2Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function ask(server: Http2Server, path: string): Promise<void> {
  if (!server.listening) {
    open.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stream = client.request({ ':path': path, ':method': 'POST' }).resume();
  stream.end();
  await once(stream, 'close');
  client.close();
}

async function recorded(captured: CaptureMeter, count: number) {
  for (;;) {
    const metrics = await captured.metrics();
    if (metrics.filter((metric) => metric.name === NAME).length >= count) return metrics;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a server of HTTP/2', () => {
  it('that listens to stream is named by the guess, or by the route function', async () => {
    const captured = captureMeter();
    const server = () =>
      http2.createServer().on('stream', (stream) => {
        captured.meter.tag('inside', 'yes');
        stream.respond({ ':status': 201 });
        stream.end('x');
      });
    await ask(httpMeter(server(), { meter: captured.meter }), '/a.B/Get');
    const route = (request: IncomingMessage) =>
      `${request.method} ${request.url} ${Object.keys(request.headers).length > 3}`;
    await ask(httpMeter(server(), { meter: captured.meter, route }), '/named');
    const metrics = await recorded(captured, 2);
    const tags = { http_method: 'POST', http_status_code: 201, inside: 'yes' };
    expectMetric(metrics, NAME)
      .withTags({ ...tags, http_route: '/a.B/Get' })
      .times(1);
    expectMetric(metrics, NAME)
      .withTags({ ...tags, http_route: 'POST /named true' })
      .times(1);
  });

  it('that listens to request and stream counts each once, by the route function of requests', async () => {
    const captured = captureMeter();
    let streams = 0;
    const server = http2.createServer((_, response) => response.end('x')).on('stream', () => streams++);
    httpMeter(server, { meter: captured.meter, route: (request) => `${request.url}-${typeof request.on}` });
    await ask(server, '/both');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const metrics = await recorded(captured, 1);
    expect(streams).toBe(1);
    expectMetric(metrics, NAME).withTags({ http_route: '/both-function' }).times(1);
    expectMetric(metrics, NAME).times(1);
  });

  it.each([
    [
      'request',
      () =>
        http2.createServer((_, response) => {
          response.setHeader('content-type', 'text/event-stream');
          response.write('data: 1\n\n');
          setTimeout(() => response.end('data: 2\n\n'), 120);
        }),
    ],
    [
      'stream',
      () =>
        http2.createServer().on('stream', (stream) => {
          stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
          stream.write('data: 1\n\n');
          setTimeout(() => stream.end('data: 2\n\n'), 120);
        }),
    ],
  ])('counts server-sent events until their headers, the rest apart (%s)', async (_, make) => {
    const captured = captureMeter();
    await ask(httpMeter(make(), { meter: captured.meter }), '/events');
    const metrics = await recorded(captured, 1);
    const [request] = expectMetric(metrics, NAME).samples();
    const [stream] = expectMetric(metrics, 'http.server.stream')
      .withTags({ http_route: '/events' })
      .samples();
    expect(Number(stream?.value)).toBeGreaterThan(60);
    expect(Number(request?.value)).toBeLessThan(Number(stream?.value));
  });

  it('counts what was answered as a whole as no stream, whatever its type', async () => {
    const captured = captureMeter();
    const server = http2.createServer((_, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.end('data: 1\n\n');
    });
    await ask(httpMeter(server, { meter: captured.meter }), '/short');
    expectMetric(await recorded(captured, 1), 'http.server.stream').times(0);
  });
});

const { nodes } = await nodeBinaries();
it.each(nodes)(
  'under the preload calls of gRPC count once, as calls: Node $version',
  async ({ path }) => {
    const library = await buildLibrary('request-http2');
    const folder = await installedFolder('grpc', {
      private: true,
      dependencies: { '@grpc/grpc-js': '1.14.7' },
    });
    const script = fileURLToPath(new URL('./scripts/grpc.cjs', import.meta.url));
    const args = ['--no-warnings', '-r', library.cjs('register'), script, folder];
    const { stdout, stderr } = await promisify(execFile)(path, args, {
      env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_CPU: 'off', ROUTEMETER_RUNTIME: 'false' },
    });
    expect(stdout).toBe('hello\nhello\n5\n');
    const of = (metric: string) => [...stderr.matchAll(new RegExp(`^${metric}:([^|]*)\\|[^#]*#(.*)$`, 'gm'))];
    const calls = of('rpc\\.server\\.call').flatMap(([, values, tags]) =>
      values!.split(':').map(() => /work_name:([^,]*)/.exec(tags!)![1]!),
    );
    expect(calls.sort()).toEqual(['a.B/Fail', 'a.B/Get', 'a.B/Get']);
    expect(of('http\\.server\\.request')).toEqual([]);
  },
  300_000,
);
