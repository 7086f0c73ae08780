import dgram from 'node:dgram';
import dns from 'node:dns';
import { closeSync, openSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { createMeter } from '../../../src/index.ts';
import type { Answer, Command } from '../fault-stage.ts';

// An application that meets a fault, with a meter or, without a URL, bare. Its parent asks it by HTTP over a
// Unix socket, and tells it by messages what happens to it.
const [, , path = '', url = '', options = '{}', prefix = ''] = process.argv;
const NAME = 'agent.invalid';
const known = dns.lookup;
let lookup: 'fails' | 'is silent' | 'throws' | string = 'fails';
const silent: Array<(error: Error) => void> = [];
dns.lookup = ((host: string, asked: object, callback: (error: Error | null, ...rest: unknown[]) => void) => {
  if (host !== NAME) return known(host, asked as never, callback as never);
  if (lookup === 'throws') throw new Error('thrown by the look-up');
  if (lookup === 'fails') setImmediate(callback, new Error('no such name'));
  else if (lookup === 'is silent') silent.push(callback);
  else if ((asked as { all?: boolean }).all === true)
    setImmediate(callback, null, [{ address: lookup, family: 4 }]);
  else setImmediate(callback, null, lookup, 4);
}) as never;
syncBuiltinESMExports();

const meter =
  url === ''
    ? null
    : createMeter({
        url,
        cpu: 'off',
        flushMs: 20,
        prefix,
        // No tags: a server that counts colons counts samples.
        names: ({ metric, status }) => ({
          name: `${prefix}.${metric}${status === '' ? '' : `.${status}`}`,
          tags: {},
        }),
        ...JSON.parse(options),
      });

// A connection is kept however long the fault takes.
const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://x');
  (ROUTES[pathname.split('/')[1] ?? ''] ?? ROUTES.plain!)(request, response);
});
const ROUTES: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  plain: (request, response) => response.end(`fine ${request.url}`),
  big: (_, response) => response.end('b'.repeat(100_000)),
  echo: (request, response) => void request.pipe(response),
  empty: (_, response) => response.writeHead(204).end(),
  fail: (_, response) => response.writeHead(500, { 'x-why': 'told' }).end('failed'),
  later: (_, response) => void setTimeout(() => response.end('later'), 2),
  parts: (_, response) => {
    response.write('one');
    setImmediate(() => response.end('two'));
  },
};
if (meter !== null) httpMeter(server, { meter, route: (request) => `/${(request.url ?? '').split('/')[1]}` });

const taken: number[] = [];
const { send } = dgram.Socket.prototype;
const RealDate = Date;

const COMMANDS: { [name in Command['do']]: (command: never) => unknown } = {
  async record({ count }: { count: number }) {
    for (let i = 0; i < count; i++) {
      meter?.timing('t', i % 1000);
      if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve));
    }
  },
  block({ ms }: { ms: number }) {
    const until = performance.now() + ms;
    // A handler that blocks the loop measures as it goes.
    for (let i = 0; performance.now() < until; i++) if (i % 200 === 0) meter?.timing('t', 1);
  },
  starve() {
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'));
    } catch {
      return taken.length;
    }
  },
  feed() {
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
  },
  lookup({ how }: { how: string }) {
    lookup = how;
    for (const callback of silent.splice(0)) callback(new Error('late'));
  },
  refuse({ code }: { code: string | null }) {
    dgram.Socket.prototype.send =
      code === null
        ? send
        : (((...given: unknown[]) =>
            process.nextTick(
              given.at(-1) as (error: Error) => void,
              Object.assign(new Error(`send ${code}`), { code }),
            )) as never);
  },
  date({ by }: { by: number }) {
    globalThis.Date = class extends RealDate {
      constructor(...given: []) {
        super(...((given.length === 0 ? [RealDate.now() + by] : given) as []));
      }
      static override now = () => RealDate.now() + by;
    } as DateConstructor;
  },
  books: () => books(),
  async close() {
    await meter?.close();
    return books();
  },
};

function books() {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const stats = meter?.stats() ?? { samples: 0, handed: 0, waiting: 0, dropped: {}, unconfirmed: 0 };
  const { samples, handed, waiting, dropped, unconfirmed } = stats;
  return { samples, handed, waiting, dropped, unconfirmed, memory: heapUsed + external };
}

process.on('message', (command: Command) => {
  const done = (value: unknown) => process.send?.({ value } satisfies Answer);
  void Promise.resolve(COMMANDS[command.do](command as never)).then(done);
});
process.on('disconnect', () => process.exit());
server.listen(path, () => process.send?.({ value: 'ready' }));
