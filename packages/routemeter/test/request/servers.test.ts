import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { exchange } from '../../../testkit/src/contract/exchange.ts';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { httpMeter } from '../../src/frameworks/http.ts';
import { captureMeter } from '../../src/testing/index.ts';

type Captured = ReturnType<typeof captureMeter>;

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Options {
  route?: (request: IncomingMessage) => string | null;
}

async function serve(
  { meter }: Captured,
  handler: (req: IncomingMessage, res: ServerResponse) => unknown,
  options: Options = {},
): Promise<number> {
  const server = httpMeter(createServer(handler), { meter, ...options });
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const get = (path: string) => ({ id: path, method: 'GET', path, route: null, status: 200 });
const post = (path: string) => ({ ...get(path), method: 'POST', body: 'a body of some length' });

/** What was counted, as `METHOD route`, once its number is reached. */
async function counted(captured: Captured, count: number, tags: string[] = []): Promise<string[]> {
  const rows = async () =>
    (await captured.metrics())
      .filter(({ name }) => name === 'http.server.request')
      .map(({ tags: own }) => [own.http_method, own.http_route, ...tags.map((key) => own[key])].join(' '));
  await expect.poll(async () => (await rows()).length).toBeGreaterThanOrEqual(count);
  return (await rows()).sort();
}

describe('requests of several servers', () => {
  it('carry the address and port of theirs by the option serverTags, and so do their blocks', async () => {
    const captured = captureMeter({ serverTags: true });
    const handler = (_req: unknown, res: ServerResponse) => {
      captured.meter.time('block', () => {});
      res.end();
    };
    const ports = [await serve(captured, handler), await serve(captured, handler)];
    for (const port of ports) await exchange(port, get('/x'));
    expect(await counted(captured, 2, ['server_address', 'server_port'])).toEqual(
      ports.map((port) => `GET /x 127.0.0.1 ${port}`).sort(),
    );
    const others = (await captured.metrics()).filter(({ name }) => /^block|request\.cpu$/.test(name));
    expect(others.length).toBe(6);
    expect(others.every(({ tags }) => ports.includes(Number(tags.server_port)))).toBe(true);
  });

  it('carry nothing of them without the option', async () => {
    const captured = captureMeter();
    const ports = [
      await serve(captured, (_req, res) => res.end()),
      await serve(captured, (_req, res) => res.end()),
    ];
    for (const port of ports) await exchange(port, get('/x'));
    await counted(captured, 2);
    expect(JSON.stringify(await captured.metrics())).not.toContain('server_');
  });

  it('are told apart up to a bound, since ports may change without end', async () => {
    const captured = captureMeter({ serverTags: true });
    const ports = new Set<string>();
    for (let i = 0; i < 70; i++) await exchange(await serve(captured, (_req, res) => res.end()), get('/x'));
    for (const row of await counted(captured, 70, ['server_port'])) ports.add(row);
    expect(ports.has('GET /x other')).toBe(true);
    expect(ports.size).toBeLessThanOrEqual(65);
  });
});

/** Ways to hand a request on. */
const WAYS: Record<
  string,
  (port: number, path: string) => (req: IncomingMessage, res: ServerResponse) => void
> = {
  'node:http': (port, path) => (req, res) => {
    const sent = request({ port, host: '127.0.0.1', method: req.method!, path }, (answer) => {
      res.writeHead(answer.statusCode!);
      answer.pipe(res);
    });
    req.pipe(sent);
  },
  'node:http on kept connections': (port, path) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    return (req, res) => {
      const sent = request({ agent, port, host: '127.0.0.1', method: req.method!, path }, (answer) => {
        answer.pipe(res);
      });
      req.pipe(sent);
    };
  },
  fetch: (port, path) => async (req, res) => {
    const chunks = await req.toArray();
    const body = req.method === 'GET' ? {} : { body: Buffer.concat(chunks) };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: req.method!, ...body });
    res.end(await answer.text());
  },
};

const spin = () => {
  for (const until = performance.now() + 3; performance.now() < until; );
};

describe('requests that a process forwards to a server of its own', () => {
  for (const [way, forward] of Object.entries(WAYS)) {
    for (const path of ['/api/users/7?a=1', '/users/7?a=1']) {
      it(`count once, by ${way}, as ${path}: under the name that the inner server gives`, async () => {
        const captured = captureMeter();
        const inner = await serve(
          captured,
          (_req, res) => {
            captured.meter.tag('plan', 'free');
            captured.meter.time('block', spin);
            res.end('inner');
          },
          { route: () => '/users/:user' },
        );
        const front = await serve(captured, forward(inner, path));
        for (let i = 0; i < 3; i++) {
          expect(await exchange(front, get('/api/users/7?a=1'))).toContain('inner');
          expect(await exchange(front, post('/api/users/7?a=1'))).toContain('inner');
        }
        const rows = await counted(captured, 6, ['plan']);
        expect(rows).toEqual([
          ...Array.from({ length: 3 }, () => 'GET /users/:user free'),
          ...Array.from({ length: 3 }, () => 'POST /users/:user free'),
        ]);
        const metrics = await captured.metrics();
        expect(metrics.filter(({ name }) => name === 'block').length).toBe(6);
        expect(metrics.filter(({ name }) => name === 'http.server.request.cpu').length).toBe(6);
      });
    }
  }

  it('an error of the inner server is one of the front, counted once', async () => {
    const captured = captureMeter();
    const inner = await serve(captured, (_req, res) => {
      res.statusCode = 503;
      res.end();
    });
    const front = await serve(captured, WAYS['node:http']!(inner, '/x'));
    await exchange(front, get('/x'));
    expect(await counted(captured, 1, ['http_status_code'])).toEqual(['GET /x 503']);
  });

  it('other requests between servers count for themselves', async () => {
    const captured = captureMeter();
    const inner = await serve(captured, (_req, res) => res.end('inner'));
    const other = await serve(captured, WAYS.fetch!(inner, '/elsewhere'));
    await exchange(other, get('/x'));
    // A server that asks itself, and a client of this process that asks both at once.
    const self: number = await serve(captured, async (req, res) => {
      if (req.headers.inner === undefined)
        await (await fetch(`http://127.0.0.1:${self}/self`, { headers: { inner: '1' } })).text();
      res.end();
    });
    await exchange(self, get('/self'));
    await Promise.all(
      [inner, other].map(async (port) => (await fetch(`http://127.0.0.1:${port}/both`)).text()),
    );
    expect(await counted(captured, 7)).toEqual([
      'GET /both',
      'GET /both',
      'GET /elsewhere',
      'GET /elsewhere',
      'GET /self',
      'GET /self',
      'GET /x',
    ]);
  });

  it('count at each where the two have meters of their own', async () => {
    const [one, two] = [captureMeter(), captureMeter()];
    const inner = await serve(one, (_req, res) => res.end());
    const front = await serve(two, WAYS['node:http']!(inner, '/x'));
    await exchange(front, get('/x'));
    expect(await counted(one, 1)).toEqual(['GET /x']);
    expect(await counted(two, 1)).toEqual(['GET /x']);
  });

  it('count once over a Unix socket: under the name that the inner server gives', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'routemeter-unix-'));
    const socketPath = join(folder, 'inner');
    const captured = captureMeter();
    const inner = httpMeter(
      createServer((_req, res) => res.end('inner')),
      { meter: captured.meter, route: () => '/users/:user' },
    );
    open.push(inner);
    inner.listen(socketPath);
    await once(inner, 'listening');
    const front = await serve(captured, (req, res) => {
      request({ socketPath, method: req.method!, path: req.url! }, (answer) => answer.pipe(res)).end();
    });
    await Promise.all(Array.from({ length: 5 }, () => exchange(front, get('/users/7'))));
    // One that nobody forwards.
    const sent = request({ socketPath, path: '/users/7' });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    expect(await counted(captured, 6)).toEqual(Array.from({ length: 6 }, () => 'GET /users/:user'));
    await rm(folder, { recursive: true });
  });

  it.each([
    { way: 'TCP: at the first one', isUnix: false, route: '/api/users/:id' },
    { way: 'a Unix socket: at the second one, which knows more', isUnix: true, route: '/users/:id' },
  ])('count once where a worker thread has the server, over $way', async ({ isUnix, route }) => {
    const library = await buildLibrary('servers');
    const collector = await Collector.open();
    const folder = await mkdtemp(join(tmpdir(), 'routemeter-unix-'));
    const preload = ['--import', pathToFileURL(library.esm('register')).href];
    const fixture = [
      join(import.meta.dirname, 'fixtures/front.cjs'),
      ...(isUnix ? [join(folder, 'inner')] : []),
    ];
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', ROUTEMETER_SILENT: '1' };
    const child = await startChild(process.execPath, [...preload, ...fixture], env);
    try {
      for (let i = 0; i < 5; i++) {
        expect(await exchange(child.port, post('/api/users/7'))).toContain('inner');
      }
      await collector.requests(5);
      // The worker's samples have their own way: what it had to say was said when it ends.
      await child.stop();
      const rows = await collector.requests(5);
      expect(rows.map((tags) => `${tags.http_method} ${tags.http_route}`)).toEqual(
        Array.from({ length: 5 }, () => `POST ${route}`),
      );
    } finally {
      await child.stop();
      collector.close();
      await rm(folder, { recursive: true });
    }
  });
});
