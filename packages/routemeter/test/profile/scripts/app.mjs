// node app.mjs LIBRARY SECONDS [HOW]: an application that loads itself, profiled. Prints what was found as JSON.
// HOW is `worker` for a thread of its own; `told`, which begins with a line on stdin and lasts until its end;
// or the folder of @datadog/pprof, which then profiles, too.
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const [library, seconds = '4', how = ''] = isMainThread ? process.argv.slice(2) : workerData;

/** In seconds. */
const LONGEST = 12;

if (how === 'worker' && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [library, seconds, how] });
  worker.on('message', (text) => console.log(text));
} else {
  await main();
}

async function main() {
  const { createMeter } = await import(pathToFileURL(`${library}/index.mjs`).href);
  const { httpMeter } = await import(pathToFileURL(`${library}/http.mjs`).href);
  const meter = createMeter({ url: 'udp://127.0.0.1:9', runtime: false });
  const peer = await listening(
    net.createServer((socket) => socket.on('data', (bytes) => socket.write(bytes))),
  );
  const own = createRequire(import.meta.url)('./own.cjs');

  const routes = {
    async sync() {
      syncBurn(3);
    },
    async awaits() {
      for (let i = 0; i < 4; i++) {
        awaitPiece(1);
        if (i % 2 === 0) await immediate();
        else await echo(peer);
        awaitPiece(1);
        await null;
      }
    },
    async sharedA() {
      callSharedA();
    },
    async sharedB() {
      await echo(peer);
      callSharedB();
    },
    async json() {
      jsonBody();
    },
    async blocks() {
      await meter.time('outer', async () => {
        outerPiece(1.5);
        await immediate();
        meter.time('inner', () => innerPiece(3));
      });
    },
    async commonjs() {
      own.commonBurn(3);
    },
  };

  const server = http.createServer(async (req, res) => {
    await routes[req.url.slice(1)]();
    res.end('ok');
  });
  httpMeter(server, { meter, route: (req) => req.url });
  // Where others have the cores a request can take longer than that, and its connection would be closed under it.
  server.keepAliveTimeout = 0;
  const port = await listening(server);
  let isOver = false;
  const agent = new http.Agent({ keepAlive: true });
  const loads = Object.keys(routes).map(async (name) => {
    while (!isOver) await ask({ port, path: `/${name}`, agent });
  });
  const used = process.cpuUsage();
  const began = performance.now();
  // Code that is compiled while it is sampled is sampled all the same; this settles what V8 inlines.
  for (let i = 0; i < 20; i++)
    await Promise.all(Object.keys(routes).map((name) => ask({ port, path: `/${name}`, agent })));
  const { user, system } = process.cpuUsage(used);
  // It loads itself: what it lacks of a core others have, and then it is sampled less.
  const share = Math.min(1, (user + system) / 1e3 / (performance.now() - began));
  const wanted = { seconds: Math.min(LONGEST, Number(seconds) / share) };
  const isBeside = how.startsWith('/');
  const theirs = isBeside ? createRequire(`${how}/index.js`)('@datadog/pprof').time : null;
  if (how === 'told') await once(process.stdin, 'data');
  theirs?.start({ intervalMicros: 1000 });
  const profile = await meter.profiled(wanted, () => how === 'told' && console.error('sampling'));
  const sampled = theirs?.stop();
  isOver = true;
  await Promise.all(loads);

  const names = {
    syncBurn: '/sync',
    awaitPiece: '/awaits',
    callSharedA: '/sharedA',
    callSharedB: '/sharedB',
    jsonBody: '/json',
    outerPiece: '/blocks',
    innerPiece: '/blocks',
    commonBurn: '/commonjs',
  };
  const truth = {};
  for (const { kind, name } of profile.units) {
    for (const row of profile.functions({ kind, route: name })) {
      const route = names[row.name];
      if (route === undefined) continue;
      truth[row.name] ??= { own: 0, other: 0, file: row.file, line: row.line };
      truth[row.name][route === name ? 'own' : 'other'] += row.samples;
    }
  }
  const inner = profile.functions({ route: '/blocks', block: 'inner' });
  const halted = profile.functions().find(({ name }) => name === '(not running)');
  const report = {
    halted: halted?.self ?? null,
    node: process.versions.node,
    truth,
    units: profile.units.map((unit) => {
      const wanted = { kind: unit.kind, route: unit.name, method: unit.method };
      const { cpu, stalled, samples } = profile.flame(wanted);
      return { ...unit, tree: { cpu, stalled, samples } };
    }),
    inner: inner.filter(({ name }) => name in names).map(({ name }) => name),
    origins: [...new Set(profile.data[0].frames.map(({ origin }) => origin))],
    ended: profile.data[0].ended,
    idle: profile.data[0].idle,
    held: profile.data[0].held,
    theirs: sampled === undefined ? {} : countsOf(sampled),
  };
  await meter.close();
  if (isMainThread) console.log(JSON.stringify(report));
  else parentPort.postMessage(JSON.stringify(report));
  if (how === 'told') await once(process.stdin, 'end');
  // A debugger, or a profile of Node's own, may have to write first.
  setTimeout(() => process.exit(), 100);
}

/** How often each function is on top, as pprof has it. */
function countsOf({ sample, location, function: functions, stringTable }) {
  const names = new Map(functions.map(({ id, name }) => [id, stringTable.strings[Number(name)]]));
  const places = new Map(location.map(({ id, line }) => [id, names.get(line[0].functionId)]));
  const counts = {};
  for (const { locationId, value } of sample) {
    const name = places.get(locationId[0]);
    counts[name] = (counts[name] ?? 0) + Number(value[0]);
  }
  return counts;
}

function listening(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

function ask(options) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', ...options }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
  });
}

function echo(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('x'));
    socket.on('data', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}

// Each has a body of its own, so that what V8 inlines cannot confuse the names.
function syncBurn(ms) {
  const end = performance.now() + ms;
  let x = 1;
  while (performance.now() < end) for (let i = 0; i < 50; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
  return x;
}
function awaitPiece(ms) {
  const end = performance.now() + ms;
  let x = 2;
  while (performance.now() < end) for (let i = 0; i < 40; i++) x = (x * 1664525 + 1013904223) & 0x7fffffff;
  return x;
}
function outerPiece(ms) {
  const end = performance.now() + ms;
  let x = 3;
  while (performance.now() < end) for (let i = 0; i < 30; i++) x = (x * 22695477 + 1) & 0x7fffffff;
  return x;
}
function innerPiece(ms) {
  const end = performance.now() + ms;
  let x = 4;
  while (performance.now() < end) for (let i = 0; i < 20; i++) x = (x * 134775813 + 1) & 0x7fffffff;
  return x;
}
function sharedHelper(ms) {
  const end = performance.now() + ms;
  let x = 5;
  while (performance.now() < end) for (let i = 0; i < 60; i++) x = (x * 214013 + 2531011) & 0x7fffffff;
  return x;
}
function callSharedA() {
  return sharedHelper(2);
}
function callSharedB() {
  return sharedHelper(4);
}
function jsonBody() {
  const rows = Array.from({ length: 3000 }, (_, id) => ({
    id,
    name: `name ${id}`,
    tags: ['a', 'b', String(id)],
  }));
  return JSON.stringify(rows).length;
}
