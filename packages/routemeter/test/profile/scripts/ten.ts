// ten.ts LIBRARY SECONDS [worker]: an application of ten routes that loads itself, profiled. Each route computes in
// functions of its own name, which measure what CPU they use. Prints both as JSON. Plain enough for type stripping.
import { EventEmitter } from 'node:events';
import { openSync, readSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Meter } from '../../../src/index.ts';
import type { RouteProfile } from '../../../src/profile/index.ts';

interface Route {
  /** The function that all of its own computing is in. */
  top: string;
  run(): unknown;
}

const [library, seconds, how] = (isMainThread ? process.argv.slice(2) : workerData) as string[];

/** CPU of this thread in ms. */
function threadClock(): () => number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } };
  if (threadCpuUsage !== undefined) {
    return () => {
      process.cpuUsage();
      const { user, system } = threadCpuUsage.call(process);
      return (user + system) / 1e3;
    };
  }
  const file = openSync('/proc/thread-self/schedstat', 'r');
  const bytes = Buffer.alloc(64);
  return () => {
    // Brings the figure up to date.
    process.cpuUsage();
    return Number.parseInt(bytes.toString('latin1', 0, readSync(file, bytes, 0, 64, 0)), 10) / 1e6;
  };
}

const cpu = threadClock();
const used: Record<string, number> = {};

/** Computes by `fn`, and charges its CPU to a name. */
function charged(name: string, fn: (ms: number) => number, ms: number): void {
  const from = cpu();
  fn(ms);
  used[name] = (used[name] ?? 0) + cpu() - from;
}

// Each has a body of its own, so that what V8 inlines cannot confuse the names.
function computeSync(ms: number): number {
  const end = performance.now() + ms;
  let x = 1;
  while (performance.now() < end) for (let i = 0; i < 500; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
  return x;
}
function computeAfterTurn(ms: number): number {
  const end = performance.now() + ms;
  let x = 2;
  while (performance.now() < end) for (let i = 0; i < 510; i++) x = (x * 1664525 + 1013904223) & 0x7fffffff;
  return x;
}
function computeAfterTimer(ms: number): number {
  const end = performance.now() + ms;
  let x = 3;
  while (performance.now() < end) for (let i = 0; i < 520; i++) x = (x * 22695477 + 1) & 0x7fffffff;
  return x;
}
function computeAfterNothing(ms: number): number {
  const end = performance.now() + ms;
  let x = 4;
  while (performance.now() < end) for (let i = 0; i < 530; i++) x = (x * 134775813 + 1) & 0x7fffffff;
  return x;
}
function sharedHelper(ms: number): number {
  const end = performance.now() + ms;
  let x = 5;
  while (performance.now() < end) for (let i = 0; i < 540; i++) x = (x * 214013 + 2531011) & 0x7fffffff;
  return x;
}
function shareFirst(ms: number): number {
  return sharedHelper(ms) + 1;
}
function shareSecond(ms: number): number {
  return sharedHelper(ms) + 2;
}
function computeInBlock(ms: number): number {
  const end = performance.now() + ms;
  let x = 6;
  while (performance.now() < end) for (let i = 0; i < 550; i++) x = (x * 69069 + 7) & 0x7fffffff;
  return x;
}
function computeInInnerBlock(ms: number): number {
  const end = performance.now() + ms;
  let x = 7;
  while (performance.now() < end) for (let i = 0; i < 560; i++) x = (x * 16807 + 11) & 0x7fffffff;
  return x;
}
function computeInThen(ms: number): number {
  const end = performance.now() + ms;
  let x = 8;
  while (performance.now() < end) for (let i = 0; i < 570; i++) x = (x * 48271 + 13) & 0x7fffffff;
  return x;
}
function computeInListener(ms: number): number {
  const end = performance.now() + ms;
  let x = 9;
  while (performance.now() < end) for (let i = 0; i < 580; i++) x = (x * 65539 + 17) & 0x7fffffff;
  return x;
}

function routesOf(meter: Meter): Record<string, Route> {
  return {
    '/sync': { top: 'computeSync', run: () => charged('computeSync', computeSync, 3) },
    '/turn': {
      top: 'computeAfterTurn',
      async run() {
        for (let i = 0; i < 3; i++) {
          await turn();
          charged('computeAfterTurn', computeAfterTurn, 1);
        }
      },
    },
    '/timer': {
      top: 'computeAfterTimer',
      async run() {
        await sleep(1);
        charged('computeAfterTimer', computeAfterTimer, 4);
      },
    },
    '/nothing': {
      top: 'computeAfterNothing',
      async run() {
        await null;
        charged('computeAfterNothing', computeAfterNothing, 2);
        await turn();
      },
    },
    '/first': { top: 'shareFirst', run: () => charged('shareFirst', shareFirst, 2) },
    '/second': {
      top: 'shareSecond',
      async run() {
        await turn();
        charged('shareSecond', shareSecond, 5);
      },
    },
    '/block': {
      top: 'computeInBlock',
      run: () => meter.time('outer', () => charged('computeInBlock', computeInBlock, 2)),
    },
    '/inner': {
      top: 'computeInInnerBlock',
      run: () =>
        meter.time('outer', async () => {
          await turn();
          await meter.time('inner', async () => {
            await turn();
            charged('computeInInnerBlock', computeInInnerBlock, 3);
          });
        }),
    },
    '/then': {
      top: 'computeInThen',
      run: () => turn().then(() => charged('computeInThen', computeInThen, 2)),
    },
    '/listener': {
      top: 'computeInListener',
      run: () =>
        new Promise<void>((done) => {
          const emitter = new EventEmitter();
          emitter.on('go', () => {
            charged('computeInListener', computeInListener, 2);
            done();
          });
          setImmediate(() => emitter.emit('go'));
        }),
    },
  };
}

/** By function: its samples on its own route and on others, its CPU as the profile has it, and as it was. */
function found(profile: RouteProfile, routes: Record<string, Route>, truth: Record<string, number>) {
  const by: Record<string, { own: number; other: number; cpu: number; truth: number }> = {};
  for (const [route, { top }] of Object.entries(routes)) {
    by[top] = { own: 0, other: 0, cpu: 0, truth: truth[top] ?? 0 };
    for (const unit of profile.units) {
      const rows = profile.functions({ kind: unit.kind, route: unit.name, method: unit.method });
      const row = rows.find(({ name }) => name === top);
      if (row === undefined) continue;
      by[top][unit.name === route ? 'own' : 'other'] += row.samples;
      if (unit.name === route) by[top].cpu += row.cpu;
    }
  }
  return by;
}

async function main(): Promise<void> {
  const { createMeter } = (await import(
    pathToFileURL(`${library}/index.mjs`).href
  )) as typeof import('../../../src/index.ts');
  const { httpMeter } = (await import(
    pathToFileURL(`${library}/http.mjs`).href
  )) as typeof import('../../../src/frameworks/http.ts');
  const meter = createMeter({ url: 'udp://127.0.0.1:9', runtime: false });
  const routes = routesOf(meter);
  const server = http.createServer(async (req, res) => {
    await routes[req.url!]!.run();
    res.end('ok');
  });
  httpMeter(server, { meter, route: (req) => req.url! });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const agent = new http.Agent({ keepAlive: true });
  const ask = (path: string) =>
    new Promise<void>((done, fail) => {
      const request = http.get({ host: '127.0.0.1', port, path, agent }, (res) =>
        res.resume().on('end', done),
      );
      request.on('error', fail);
    });
  const paths = Object.keys(routes);
  for (let i = 0; i < 20; i++) await Promise.all(paths.map(ask));
  const stop = new AbortController();
  const profiling = meter.profile({ seconds: 30, signal: stop.signal });
  // A second one is refused once the first one samples.
  await meter.profile().catch(() => {});
  for (const name of Object.keys(used)) used[name] = 0;
  let isOver = false;
  const loads = paths.map(async (path) => {
    while (!isOver) await ask(path);
  });
  await sleep(Number(seconds) * 1000);
  const truth = { ...used };
  stop.abort();
  const profile = await profiling;
  isOver = true;
  await Promise.all(loads);
  const report = JSON.stringify(found(profile, routes, truth));
  await meter.close();
  if (isMainThread) console.log(report);
  else parentPort!.postMessage(report);
  setTimeout(() => process.exit(), 50);
}

if (how === 'worker' && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [library, seconds, how] });
  worker.on('message', (text) => console.log(text));
} else {
  await main();
}
