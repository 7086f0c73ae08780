import type { EventEmitter } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import http2, { type Http2Server, type ServerHttp2Stream } from 'node:http2';
import https from 'node:https';
import { createRequire } from 'node:module';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { expressMeter } from '../../../src/frameworks/express.ts';
import { fastifyMeter } from '../../../src/frameworks/fastify.ts';
import { httpMeter } from '../../../src/frameworks/http.ts';
import type { Meter } from '../../../src/index.ts';
import { ASKS, pathOf, WHOLE } from './asks.ts';
import { askHttp1, askHttp2, type Quit } from './clients.ts';
import type { Carrier, Ending } from './table.ts';

/** The application: answers by path, and says when it was asked. */
export interface App {
  request(request: IncomingMessage, response: ServerResponse): void;
  stream(stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void;
  handled(ending: Ending): Promise<void>;
}

/** A carrier that is ready to be asked. */
export interface Running {
  ask(ending: Ending): Quit;
  close(): unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: installed packages without types
type Package = any;
const load = createRequire(`${process.argv[2]}/`) as (name: string) => Package;

/** TLS by a key that both sides know: no certificate that could expire. */
const KEY = Buffer.alloc(32, 'routemeter');
const TLS = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
const TRUST = { pskCallback: () => ({ psk: KEY, identity: 'test' }), checkServerIdentity: () => undefined };
/** Long beside the pauses of a busy machine: the limit is meant for the body, the headers must have come. */
const LIMITS = { requestTimeout: 1500, headersTimeout: 1500, connectionsCheckingInterval: 50 };

async function listen(server: Server | Http2Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const metered = <S extends EventEmitter>(server: S, meter: Meter): S =>
  httpMeter(server, { meter, route: (request) => request.url });

interface Http1 {
  make(limits: http.ServerOptions): Server;
  connect?: (port: number) => net.Socket;
  /** Sends another request before, on the same connection. */
  first?: boolean;
}

async function http1({ make, connect, first = false }: Http1, app: App, meter: Meter): Promise<Running> {
  // Limits for one cell alone: a loop that is busy with others lets more than one request wait too long.
  const servers = [make({}), make(LIMITS)] as const;
  const [port, limited] = await Promise.all(servers.map((server) => answer(server, app, meter)));
  return {
    ask: (ending) => {
      const to = ending === 'server timeout' ? limited! : port!;
      return askHttp1(connect?.(to) ?? net.connect(to, '127.0.0.1'), ending, app.handled(ending), first);
    },
    close: () => servers.map((server) => server.close()),
  };
}

function answer(server: Server, app: App, meter: Meter): Promise<number> {
  metered(server, meter);
  const waiting = new WeakMap<net.Socket, ServerResponse>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/first') {
      waiting.set(request.socket, response);
      // Refused beyond the first, nothing follows.
      if (server.maxRequestsPerSocket === 1) response.end('first');
      return;
    }
    app.request(request, response);
    const ending = (Object.keys(ASKS) as Ending[]).find((one) => pathOf(one) === request.url);
    const leaves = ending === undefined ? 'never' : ASKS[ending].leaves;
    // Whoever leaves before an answer leaves while it waits.
    if (leaves !== 'handled' || ending?.includes('ended')) waiting.get(request.socket)?.end('first');
  };
  server.on('request', listener);
  server.on('checkContinue', listener);
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
  });
  return listen(server);
}

const overTls = (port: number): net.Socket => tls.connect({ port, host: '127.0.0.1', ...TLS, ...TRUST });

async function compat(server: Http2Server, app: App): Promise<Running> {
  server.on('checkContinue', app.request as never);
  server.on('connect', (_request: unknown, response: http2.Http2ServerResponse) => response.end());
  const port = await listen(server);
  return { ask: (ending) => askHttp2(port, ending, app.handled(ending)), close: () => server.close() };
}

/** A call of API Gateway. */
const eventOf = (ending: Ending): object => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: pathOf(ending),
  rawQueryString: '',
  headers: { host: 'x' },
  isBase64Encoded: false,
  body: ASKS[ending].body === 'none' ? undefined : WHOLE,
  requestContext: {
    stage: '$default',
    http: { method: ASKS[ending].method, path: pathOf(ending), sourceIp: '192.0.2.1' },
  },
});

const called = (call: () => unknown): Quit => {
  void Promise.resolve(call()).catch(() => {});
  return () => {};
};

function expressApp(app: App, meter: Meter): Package {
  const made = load('express')().use(expressMeter(meter));
  for (const ending of Object.keys(ASKS) as Ending[]) made.all(pathOf(ending), app.request);
  return made;
}

async function fastifyApp(app: App, meter: Meter, options: object = {}): Promise<Package> {
  const made = load('fastify')({ ...options, exposeHeadRoutes: false });
  made.removeAllContentTypeParsers();
  made.addContentTypeParser('*', (_request: unknown, _payload: unknown, done: (error: null) => void) =>
    done(null),
  );
  await made.register(fastifyMeter, { meter });
  for (const ending of Object.keys(ASKS) as Ending[]) {
    made.all(pathOf(ending), (request: Package, reply: Package) => {
      reply.hijack();
      app.request(request.raw, reply.raw);
    });
  }
  return made;
}

const serverless =
  (name: string, adapt: (adapter: Package, made: Package) => (event: object, context: object) => unknown) =>
  async (app: App, meter: Meter): Promise<Running> => {
    const handler = adapt(load(name), expressApp(app, meter));
    return { ask: (ending) => called(() => handler(eventOf(ending), {})), close: () => {} };
  };

/** Starts what carries answers, measured. */
export const START: Record<Carrier, (app: App, meter: Meter) => Promise<Running>> = {
  'HTTP/1': (app, meter) => http1({ make: (limits) => http.createServer(limits) }, app, meter),
  HTTPS: (app, meter) => {
    const make = (limits: object) => https.createServer({ ...limits, ...TLS, pskCallback: () => KEY });
    return http1({ make, connect: overTls }, app, meter);
  },
  'HTTP/1 by allowHTTP1': (app, meter) => {
    const options = { allowHTTP1: true, ...TLS, pskCallback: () => KEY };
    const make = () => http2.createSecureServer(options) as unknown as Server;
    return http1({ make, connect: overTls }, app, meter);
  },
  pipelined: (app, meter) => http1({ make: (limits) => http.createServer(limits), first: true }, app, meter),
  optimizeEmptyRequests: (app, meter) => {
    const make = (limits: object) => http.createServer({ ...limits, optimizeEmptyRequests: true } as object);
    return http1({ make }, app, meter);
  },
  dropRequest: (app, meter) => {
    const make = (): Server => Object.assign(http.createServer(), { maxRequestsPerSocket: 1 });
    return http1({ make, first: true }, app, meter);
  },
  'HTTP/2 compat': (app, meter) => compat(metered(http2.createServer(app.request as never), meter), app),
  'HTTP/2 compat, Fastify': async (app, meter) => {
    const made = await fastifyApp(app, meter, { http2: true });
    await made.listen({ port: 0, host: '127.0.0.1' });
    const { port } = made.server.address();
    return { ask: (ending) => askHttp2(port, ending, app.handled(ending)), close: () => made.close() };
  },
  'HTTP/2 stream': async (app, meter) => {
    const server = metered(http2.createServer(), meter).on('stream', app.stream);
    const port = await listen(server);
    return { ask: (ending) => askHttp2(port, ending, app.handled(ending)), close: () => server.close() };
  },
  'light-my-request': async (app, meter) => {
    const made = await fastifyApp(app, meter);
    return {
      ask: (ending) => {
        const { method, body } = ASKS[ending];
        return called(() =>
          made.inject({ method, url: pathOf(ending), ...(body !== 'none' && { payload: WHOLE }) }),
        );
      },
      close: () => made.close(),
    };
  },
  'serverless-http': serverless('serverless-http', (adapter, made) => adapter(made)),
  '@codegenie/serverless-express': serverless('@codegenie/serverless-express', (adapter, made) =>
    (adapter.default ?? adapter)({ app: made }),
  ),
  '@fastify/aws-lambda': async (app, meter) => {
    const made = await fastifyApp(app, meter);
    const handler = load('@fastify/aws-lambda')(made);
    await made.ready();
    return { ask: (ending) => called(() => handler(eventOf(ending), {})), close: () => made.close() };
  },
  supertest: async (app, meter) => {
    const made = expressApp(app, meter);
    return {
      ask: (ending) => {
        const { method, body, leaves } = ASKS[ending];
        const test = load('supertest')(made)
          [method.toLowerCase()](pathOf(ending))
          .buffer(leaves === 'never');
        test.on('response', (answer: EventEmitter) => answer.on('error', () => {}));
        test.on('request', ({ req }: { req: http.ClientRequest }) => {
          req.on('response', (answer) => {
            if (leaves === 'headers') test.abort();
            answer.once('data', () => leaves === 'body' && test.abort());
          });
        });
        if (body !== 'none') test.send(WHOLE);
        void app.handled(ending).then(() => {
          // Without its value: that is a thenable.
          if (leaves === 'handled') test.abort();
        });
        test.end(() => {});
        return () => test.abort();
      },
      close: () => {},
    };
  },
};
