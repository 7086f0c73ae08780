import { once } from 'node:events';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as undici from 'undici7';
import { afterAll, describe, expect, test } from 'vitest';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { openStage } from '../stage.ts';

async function answer(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): Promise<void> {
  const path = headers[':path']!;
  stream.on('error', () => {});
  if (headers['content-type'] === 'application/grpc') {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-status': path.endsWith('Fail') ? '7' : '0' }),
    );
    stream.end();
    return;
  }
  if (path.startsWith('/reset')) return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  if (path.startsWith('/hang')) return;
  if (path.startsWith('/push')) {
    await new Promise<void>((pushed) => {
      stream.pushStream({ ':path': '/pushed' }, (_error, push) => {
        push.respond({ ':status': 200 });
        push.end('pushed');
        pushed();
      });
    });
  }
  await sleep(Number(/ms=(\d+)/.exec(path)?.[1] ?? 0));
  if (stream.destroyed) return;
  stream.respond({ ':status': path.startsWith('/missing') ? 404 : 200 });
  if (path.startsWith('/slow-body')) {
    stream.write('first');
    await sleep(40);
  }
  stream.end('answer');
}
const server = http2.createServer({ settings: { maxConcurrentStreams: 4 } });
server.on('stream', answer);
await once(server.listen(0, '127.0.0.1'), 'listening');
const peer = `127.0.0.1:${(server.address() as AddressInfo).port}`;
const sessions = new Set<net.Socket>();
server.on('connection', (socket: net.Socket) => sessions.add(socket));
afterAll(() => {
  for (const socket of sessions) socket.destroy();
  server.close();
});

const connect = (to = peer) => {
  const session = http2.connect(`http://${to}`);
  session.on('error', () => {});
  return session;
};
function ask(
  session: http2.ClientHttp2Session,
  path: string,
  headers: http2.OutgoingHttpHeaders = {},
  options: http2.ClientSessionRequestOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path, ...headers }, options);
    let text = '';
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    stream
      .on('error', reject)
      .on('end', () => resolve(text))
      .end();
  });
}
const name = `GET ${peer}`;

async function rowsOf(use: (session: http2.ClientHttp2Session) => unknown, session = connect()) {
  const stage = await openStage({ '/ask': () => use(session) });
  try {
    await stage.get('/ask');
    return (await stage.rows()).map(({ name, count, errors, statuses, durations }) => ({
      name,
      count,
      errors,
      statuses,
      durations,
    }));
  } finally {
    await stage.stop();
    session.destroy();
  }
}

describe('node:http2', () => {
  sourceContract({
    title: 'node:http2, four streams at once',
    modules: [],
    names: { quick: name, slow: name, failing: name },
    error: 'ERR_HTTP2_STREAM_ERROR',
    connections: [1],
    open: async (): Promise<Operations> => {
      const session = connect();
      return {
        quick: () => ask(session, '/'),
        slow: (ms) => ask(session, `/?ms=${ms}`),
        failing: () => ask(session, '/reset'),
        secret: (secret) =>
          ask(session, `/${secret}?token=${secret}`, { cookie: secret, 'x-secret': secret }),
        close: async () => session.destroy(),
      };
    },
  });

  type Case = [
    string,
    (session: http2.ClientHttp2Session) => unknown,
    { statuses?: string[]; errors?: string[]; name?: string },
  ];
  const cases: Case[] = [
    [
      'a status of 400 or more is an error',
      (session) => ask(session, '/missing'),
      { statuses: ['404'], errors: ['404'] },
    ],
    ['pushed streams were not asked for', (session) => ask(session, '/push'), { statuses: ['200'] }],
    [
      'an abort',
      (session) => ask(session, '/hang', {}, { signal: AbortSignal.timeout(20) }).catch(() => {}),
      { errors: ['ABORT_ERR'] },
    ],
    [
      'a stream that its client closes',
      (session) => {
        const stream = session.request({ ':path': '/hang' });
        setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), 20);
        return once(stream, 'close');
      },
      { errors: ['NGHTTP2_CANCEL'] },
    ],
    [
      'a session that is destroyed',
      (session) => {
        const stream = session.request({ ':path': '/hang' });
        stream.on('error', () => {});
        setTimeout(() => session.destroy(), 20);
        return once(stream, 'close');
      },
      { errors: ['ERR_HTTP2_STREAM_CANCEL'] },
    ],
    [
      'a body that its client does not want any more',
      (session) => {
        const stream = session.request({ ':path': '/slow-body' });
        stream.on('response', () => stream.destroy());
        return once(stream, 'close');
      },
      { statuses: ['200'], errors: ['ERR_HTTP2_STREAM_CANCEL'] },
    ],
    [
      'gRPC of any library, by its trailers',
      (session) =>
        ask(session, '/hello.Greeter/Say', { ':method': 'POST', 'content-type': 'application/grpc' }),
      { name: 'grpc hello.Greeter/Say' },
    ],
    [
      'the same that fails',
      (session) =>
        ask(session, '/hello.Greeter/Fail', { ':method': 'POST', 'content-type': 'application/grpc' }),
      { name: 'grpc hello.Greeter/Fail', errors: ['PERMISSION_DENIED'] },
    ],
  ];
  test.each(cases)('%s', async (_title, use, { statuses = [], errors = [], name: shown = name }) => {
    expect(await rowsOf(use)).toMatchObject([{ name: shown, count: 1, statuses, errors }]);
  });

  test('a refused connection', async () => {
    const closed = net.createServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const rows = await rowsOf(() => ask(connect(`127.0.0.1:${port}`), '/').catch(() => {}));
    expect(rows).toMatchObject([{ count: 1, errors: ['ECONNREFUSED'] }]);
  });

  test('the body belongs to the call', async () => {
    const [row] = await rowsOf((session) => ask(session, '/slow-body'));
    expect(row!.durations[0]).toBeGreaterThan(38);
  });
});

test('a request of undici over HTTP/2 is one call', async () => {
  upstreams(undici);
  const client = new undici.H2CClient(`http://${peer}`);
  const rows = await rowsOf(async () => {
    for (let i = 0; i < 3; i++) await (await client.request({ path: '/', method: 'GET' })).body.text();
  });
  await client.destroy();
  expect(rows).toMatchObject([{ name, count: 3, errors: [], statuses: ['200', '200', '200'] }]);
});

test('without a meter that sends calls the classes are what they were', async () => {
  const session = connect();
  const classes = () => {
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => {}).resume();
    return [Object.getPrototypeOf(stream) as object, Object.getPrototypeOf(session) as object];
  };
  const methods = () => classes().map((prototype) => Reflect.ownKeys(prototype));
  const before = methods();
  await rowsOf((own) => ask(own, '/'));
  expect(methods()).toEqual(before);
  session.destroy();
});
