import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { createMeter } from '../../../src/index.ts';

// Started with --expose-gc. Requests of all sorts in equal parts, the memory told after each.
const [PARTS = 0, EACH = 0] = process.argv.slice(2, 4).map(Number);
/** Exact for each request, or for a part of them: millions would take twice as long. */
const cpu = process.argv[4] === 'auto' ? 'auto' : Number(process.argv[4]);
/** Requests, responses and stores that are watched until they are collected. */
const WATCHED = 10_000;
const AT_ONCE = 16;
const storage = new AsyncLocalStorage<object>();
const meter = createMeter({ url: 'udp://127.0.0.1:9', flushMs: 20, breakdown: true, cpu });
const kept: WeakRef<object>[] = [];
let served = 0;

const server = httpMeter(
  http.createServer((request, response) => {
    const store = { served: served++ };
    if (served % 50 === 1 && kept.length < WATCHED)
      kept.push(new WeakRef(request), new WeakRef(response), new WeakRef(store));
    storage.run(store, () => {
      meter.count('hits', 1, { tags: { n: served % 100 } });
      void meter.time('answer', () => answer(request, response)).catch(() => {});
    });
  }),
  { meter, route: (request) => request.url!.replace(/\d+/, ':n') },
);

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  meter.tag('kind', request.url!.slice(0, 6));
  if (request.url!.startsWith('/error')) {
    response.statusCode = 500;
    response.end();
    throw new Error('failed');
  }
  if (request.method === 'POST') for await (const _chunk of request);
  if (request.url!.startsWith('/never')) return;
  if (request.url!.startsWith('/strea')) {
    response.setHeader('content-type', 'text/event-stream');
    response.write('data: 1\n\n');
    await new Promise((resolve) => setImmediate(resolve));
  }
  using block = meter.block('end');
  block.tag('a', 1);
  response.end('x');
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const RARE = ['/error', '/stream', '/post', '/error', '/stream', '/post', '/never'];
/** Every fourth is not plain. */
const kindOf = (i: number): string => (i % 4 === 0 ? RARE[(i / 4) % RARE.length]! : '/plain');

/** One connection that is kept, for `count` requests; an aborted one takes another. */
async function client(count: number): Promise<void> {
  let socket: net.Socket | null = null;
  for (let i = 0; i < count; i++) {
    const kind = kindOf(i);
    socket ??= net.connect(port, '127.0.0.1').on('error', () => {});
    const current: net.Socket = socket;
    current.write(
      kind === '/post'
        ? `POST ${kind}${i} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody`
        : `GET ${kind}${i} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    if (kind === '/never') {
      const before = served;
      while (served === before) await new Promise((resolve) => setImmediate(resolve));
      current.destroy();
      socket = null;
      continue;
    }
    let text = '';
    while (!/\r\n\r\nx|0\r\n\r\n$/.test(text) && !/Content-Length: 0/i.test(text)) {
      text += await new Promise((resolve) => current.once('data', resolve));
    }
  }
  socket?.destroy();
}

async function part(): Promise<{ heap: number; handles: number }> {
  await Promise.all(Array.from({ length: AT_ONCE }, () => client(EACH / AT_ONCE)));
  await sleep(100);
  await meter.flush();
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await sleep(10);
  }
  return { heap: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length };
}

// What is compiled and cached at first is no leak.
await part();
const parts: Array<{ heap: number; handles: number }> = [];
while (parts.length < PARTS) parts.push(await part());
for (let i = 0; i < 50 && kept.some((ref) => ref.deref() !== undefined); i++) {
  await sleep(20);
  globalThis.gc?.();
}
const alive = kept.filter((ref) => ref.deref() !== undefined).length;
server.close();
server.closeAllConnections();
await meter.close();
await sleep(50);
const { samples, handed, waiting, dropped } = meter.stats();
process.stdout.write(
  JSON.stringify({
    served,
    parts,
    watched: kept.length,
    alive,
    samples,
    handed,
    waiting,
    dropped,
    left: process.getActiveResourcesInfo(),
  }),
);
// No `process.exit()`: what we left open would keep the process.
