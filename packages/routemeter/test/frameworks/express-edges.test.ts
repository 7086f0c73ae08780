import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { exchange } from '../../../testkit/src/contract/exchange.ts';
import { makeApp, makeRouters } from '../../../testkit/src/contract/express/app.cjs';
import { loadStack } from '../../../testkit/src/contract/express/stacks.cjs';
import { type Sample, samplesOf } from '../../../testkit/src/contract/samples.ts';
import { expressMeter } from '../../src/frameworks/express.ts';
import { CaptureSink, createMeter } from '../../src/index.ts';

const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(app: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function capture() {
  const sink = new CaptureSink();
  const meter = createMeter({ sink, cpu: 'off', flushMs: 3_600_000 });
  closing.push(() => meter.close());
  const samples = async (): Promise<Sample[]> => {
    await meter.flush();
    return samplesOf(sink.lines);
  };
  return { meter, samples };
}

const majors = [
  { name: 'express 4', major: 4 as const },
  { name: 'express 5, router 2.3', major: 5 as const },
];

describe.each(majors)('$name', ({ name, major }) => {
  function contractApp() {
    const { meter, samples } = capture();
    const { express } = loadStack(name);
    const first = expressMeter(meter);
    return { app: makeApp(express, major, makeRouters(express), { first }), samples };
  }

  const get = (path: string, method = 'GET') => ({ id: path, method, path, route: null, status: 200 });
  const KINDS: Record<
    string,
    (n: string) => { id: string; method: string; path: string; route: null; status: number }
  > = {
    'random paths': (n) => get(`/${n}/${n}`),
    'values of a route': (n) => get(`/users/${n}`),
    'values of a mount': (n) => get(`/orgs/${n}/users/${n}`),
    'no route below a mount with values': (n) => get(`/orgs/${n}/${n}`),
    'static files that are not there': (n) => get(`/assets/${n}.js`),
    'paths that cannot be decoded': (n) => get(`/users/%E0%A4%A${n}`),
    'regular expressions and arrays': (n) => get(`/v1/Api/list/${n}/leaf`),
    methods: (n) => get(`/users/${n}`, ['GET', 'PUT', 'PURGE', 'LOCK', 'PROPFIND'][n.length % 5]!),
  };

  test('URLs never make names: every kind of 1250 random requests stays within the route table', async () => {
    const { app, samples } = contractApp();
    const { port } = await serve(app);
    const each = 1250;
    const kinds = Object.values(KINDS);
    const socket = connect(port, '127.0.0.1');
    let answered = 0;
    let tail = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      // A status line may come in two pieces.
      const whole = tail + text;
      answered += whole.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
      tail = whole.slice(-12);
    });
    let sent = 0;
    for (let n = 0; n < each; n++) {
      let text = '';
      for (const kind of kinds) {
        const { method, path } = kind(`${Math.random().toString(36).slice(2)}${n}`);
        text += `${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
        sent++;
      }
      socket.write(text);
      if (n % 25 === 0) while (answered < sent - 200) await sleep(1);
    }
    await expect.poll(() => answered, { timeout: 60_000 }).toBeGreaterThanOrEqual(sent);
    const found = await samples();
    socket.destroy();
    const routes = new Set(found.map(({ tags }) => tags.http_route));
    expect([...routes].sort()).toEqual([
      '/orgs/:org/users/:id',
      '/users/:id',
      '/v1/Api/list/:kind/leaf',
      'unmatched',
    ]);
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(sent);
  });

  test('requests that the client left in a pipeline are counted once each', async () => {
    const { app, samples } = contractApp();
    const { port } = await serve(app);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /never/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /users/2 HTTP/1.1\r\nHost: x\r\n\r\n');
    await sleep(100);
    socket.destroy();
    await expect
      .poll(async () =>
        (await samples()).map(({ tags, count }) => [tags.http_route, tags.aborted, count]).sort(),
      )
      .toEqual([
        ['/never/:id', 'true', 1],
        ['/users/:id', 'true', 1],
      ]);
  });

  test('an upgrade is not counted as a request', async () => {
    const { app, samples } = contractApp();
    const { port, server } = await serve(app);
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    });
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
    const answer = await exchange(port, { ...get('/users/1'), headers });
    expect(answer).toContain('101 Switching');
    await exchange(port, get('/users/2'));
    expect((await samples()).map(({ tags, count }) => [tags.http_route, count])).toEqual([['/users/:id', 1]]);
  });

  test('nothing is measured where the meter is off, and everything is answered', async () => {
    const meter = createMeter({ enabled: false });
    const { express } = loadStack(name);
    const first = expressMeter(meter);
    const { port } = await serve(makeApp(express, major, makeRouters(express), { first }));
    expect(await exchange(port, get('/orgs/a/users/1'))).toContain('200 OK');
    expect(meter.stats().samples).toBe(0);
  });

  test('a middleware inside a router names its requests with all mounts', async () => {
    const { meter, samples } = capture();
    const { express } = loadStack(name) as {
      express: () => RequestListener & { use: (...args: unknown[]) => void };
    } & {
      express: {
        Router: (options?: object) => {
          use: (...args: unknown[]) => void;
          get: (...args: unknown[]) => void;
        };
      };
    };
    const first = expressMeter(meter);
    const inner = express.Router({ mergeParams: true });
    inner.use(first);
    inner.get('/users/:id', (_req: unknown, res: { send: (text: string) => void }) => res.send('ok'));
    const app = express();
    app.use('/orgs/:org', inner);
    const { port } = await serve(app);
    await exchange(port, get('/orgs/a/users/1'));
    await exchange(port, get('/orgs/b/users/2'));
    expect((await samples()).map(({ tags }) => tags.http_route)).toEqual(['/orgs/:org/users/:id']);
  });

  test('handed to use without being called, it says what to write', async () => {
    const { express } = loadStack(name) as {
      express: () => RequestListener & { use: (...args: unknown[]) => void };
    };
    const app = express();
    app.use(expressMeter);
    const errors: string[] = [];
    app.use((error: Error, _req: unknown, res: { sendStatus: (status: number) => void }, _next: unknown) => {
      errors.push(error.message);
      res.sendStatus(500);
    });
    const { port } = await serve(app);
    await exchange(port, get('/'));
    expect(errors[0]).toMatch(/app\.use\(expressMeter\(\)\).*\[RM_OPTION_INVALID\]/);
  });
});
