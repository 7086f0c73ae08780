// A server with a burner, a cheap route and one that takes a body, measured with delays. Argument: `http`, `https`,
// `h2`, `thread`, `cluster` or `off`. Tells its port by IPC; on `dump` it tells what it recorded, and how late its own
// clock says that timers of `/timers` came.
import cluster from 'node:cluster';
import diagnostics from 'node:diagnostics_channel';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { engine } from '../../../src/attribution/index.ts';
import { httpMeter } from '../../../src/frameworks/http.ts';
import { CaptureSink, createMeter } from '../../../src/index.ts';
import { TLS_SERVER } from './tls.ts';

const [how = 'http'] = process.argv.slice(2);

function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function handle(path: string, end: () => void): void {
  const ms = Number(/^\/burn\/(\d+)$/.exec(path)?.[1] ?? 0);
  if (ms > 0) burn(ms);
  if (path === '/wait') void sleep(20).then(end);
  else if (path === '/timers') void timers().then(end);
  else if (path === '/microtasks') void microtasks().then(end);
  else end();
}

/** In ms, of all timers of `/timers`. */
let late = 0;
let last = 0;

async function timers(): Promise<void> {
  for (let at = 0; at < 4; at++) {
    // Of any length: what holds the loop wakes many at once, which would come due together again.
    last = (last + 37) % 97;
    const ms = 5 + last;
    const due = performance.now() + ms;
    await sleep(ms);
    late += Math.max(0, performance.now() - due);
  }
}

async function microtasks(): Promise<void> {
  for (let at = 0; at < 20; at++) {
    await null;
    burn(1);
  }
}

const nameOf = (path: string) => path.replace(/\d+$/, ':ms');

async function serve(tell: (message: object) => void): Promise<(message: string) => void> {
  const sink = new CaptureSink();
  const meter = createMeter({ sink, breakdown: true, delay: how !== 'off', flushMs: 600_000 });
  const listener = (req: http.IncomingMessage, res: http.ServerResponse) => {
    if (req.method === 'GET') handle(req.url!, () => res.end('ok'));
    else req.resume().on('end', () => res.end('ok'));
  };
  const server =
    how === 'https'
      ? https.createServer(TLS_SERVER, listener)
      : how === 'h2'
        ? http2.createServer(listener as never)
        : http.createServer(listener);
  httpMeter(server as http.Server, { meter, route: (req) => nameOf(req.url!) });
  server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));
  return async () => {
    await meter.flush();
    tell({
      lines: sink.lines,
      delay: meter.stats().delay,
      turn: engine().turn(),
      late,
      listens: diagnostics.hasSubscribers('net.server.socket'),
    });
  };
}

if (how === 'thread' && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: [how] });
  worker.on('message', (message) => process.send!(message));
  process.on('message', (message) => worker.postMessage(message));
} else if (how === 'thread') {
  const dump = await serve((message) => parentPort!.postMessage(message));
  parentPort!.on('message', dump);
} else if (how === 'cluster' && cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('message', (message) => process.send!(message));
  process.on('message', (message) => worker.send(message as string));
} else {
  const dump = await serve((message) => process.send!(message));
  process.on('message', dump as (message: unknown) => void);
}
