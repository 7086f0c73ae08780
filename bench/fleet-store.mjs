// What the page over a fleet asks of an engine, and how long that takes: 25 hosts, 50 routes, four distributions
// each (5000 series on the wire), an hour of them, written by the collectors' own writer.
//
//     npm run build && node bench/fleet-store.mjs [--minutes 60] [victoria|prometheus|prometheus-native]
//
// TEST_PROMETHEUS and TEST_VICTORIA_METRICS name the programs of other versions.
// An engine's part is the time in which a question to it is open, four of them at once at most.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  MemoryStore,
  PromqlStore,
  RouteTable,
  rangeOf,
  recognisers,
  Writer,
} from '../packages/live/dist/bench/parts.mjs';

const HOSTS = 25;
const ROUTES = 50;
const PARTS = ['', '.cpu', '.stalled', '.loop_busy'];
/** Requests of a route on one host in ten seconds. */
const REQUESTS = 10;
const TICK_MS = 10_000;
const ROUNDS = 5;

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '60' } },
  allowPositionals: true,
});
const ticks = (Number(values.minutes) * 60_000) / TICK_MS;
/** Engines take the past; Prometheus an hour of it. */
const end = Math.floor(Date.now() / TICK_MS) * TICK_MS - TICK_MS;
const start = end - ticks * TICK_MS;

const folder = mkdtempSync(join(tmpdir(), 'fleet-store-'));
function prometheus(name, port, ...more) {
  const config = join(folder, `${name}.yml`);
  writeFileSync(config, '{}');
  return [
    process.env.TEST_PROMETHEUS ?? 'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, name)}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      ...more,
    ],
  ];
}

const ENGINES = {
  victoria: (port) => [
    process.env.TEST_VICTORIA_METRICS ?? 'victoria-metrics',
    [`-storageDataPath=${folder}/victoria`, `-httpListenAddr=127.0.0.1:${port}`],
  ],
  prometheus: (port) => prometheus('plain', port),
  'prometheus-native': (port) => prometheus('native', port, '--enable-feature=native-histograms'),
};

/** What collectors write into each; newer Prometheus would be given native ones by themselves. */
const HISTOGRAMS = { victoria: 'vmrange', prometheus: 'classic', 'prometheus-native': 'native' };

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function startEngine(name) {
  const port = await freePort();
  const [command, args] = ENGINES[name](port);
  const child = spawn(command, args, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    if (
      await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { child, url };
    if (
      await fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { child, url };
    await sleep(100);
  }
  throw new Error(`${command} does not start`);
}

/** A log-normal spread around 20 ms, as request times have. */
function sample() {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Number((20 * Math.exp(0.6 * normal)).toPrecision(5));
}

async function fill(url, histograms) {
  let now = start;
  const hosts = Array.from({ length: HOSTS }, (_, i) => {
    const store = new MemoryStore({ clock: () => now });
    const writer = new Writer(store, {
      url,
      histograms,
      labels: new Map([['host', `web-${i + 1}`]]),
      headers: {},
      maxSeries: 5000,
      retention: 3600,
      version: '0.0.0',
      clock: () => now,
      warn: (text) => console.error(text),
    });
    const series = [];
    for (let route = 0; route < ROUTES; route++) {
      for (const part of PARTS) {
        const tags = [
          ['http_method', 'GET'],
          ['http_route', `/route/${route}/:id`],
          ...(part === '' ? [['http_status_code', '200']] : []),
        ];
        series.push(store.open({ name: `shop.http.server.request${part}`, type: 'distribution', tags }));
      }
    }
    return { store, writer, series };
  });
  const values = new Float64Array(REQUESTS);
  const written = async () => {
    while (hosts.some(({ writer }) => writer.isBusy || writer.stats().queued.requests > 0)) await sleep(5);
  };
  await written();
  for (let tick = 0; tick < ticks; tick++) {
    now += TICK_MS / 2;
    for (const { store, series } of hosts) {
      store.tick();
      for (const id of series) {
        for (let i = 0; i < REQUESTS; i++) values[i] = sample();
        store.add(id, values, REQUESTS, 1);
      }
    }
    now += TICK_MS / 2;
    for (const { store, writer } of hosts) {
      store.tick();
      writer.tick();
    }
    await written();
  }
  const sent = hosts.reduce((sum, { writer }) => sum + writer.stats().samples, 0);
  return sent;
}

/** The time of every question of a run, by what was asked. */
async function measured(store, action) {
  const before = { ...store.state };
  const began = performance.now();
  await action();
  const ms = performance.now() - began;
  const { requests, busyMs } = store.state;
  return { ms, requests: requests - before.requests, engine: busyMs - before.busyMs };
}

async function measure(url) {
  const runs = new Map();
  const note = (name, run) => runs.set(name, [...(runs.get(name) ?? []), run]);
  for (let round = 0; round < ROUNDS; round++) {
    // Each round is a page that is opened anew, over a time of its own: nothing was asked before.
    let at = end - round * TICK_MS + 6000;
    const store = new PromqlStore({ url: new URL(url), clock: () => at, timeoutMs: 60_000 });
    const table = new RouteTable(store, recognisers([]));
    for (const seconds of [60, 3600]) {
      const fresh = new PromqlStore({ url: new URL(url), clock: () => at, timeoutMs: 60_000 });
      const page = new RouteTable(fresh, recognisers([]));
      const range = () => rangeOf({ store: fresh }, seconds);
      note(`first paint, ${seconds} s`, await measured(fresh, () => page.rows(range(), { spark: false })));
      note(`its sparks, ${seconds} s`, await measured(fresh, () => page.rows(range())));
      note(`tags, ${seconds} s`, await measured(fresh, () => page.tags(range())));
    }
    await table.rows(rangeOf({ store }, 60));
    at -= TICK_MS;
    note('next tick, 60 s', await measured(store, () => table.rows(rangeOf({ store }, 60))));
    const only = { route: '/route/1/:id', method: 'GET' };
    const question = { only, perHost: true, spark: false };
    note('hosts of a route, 60 s', await measured(store, () => table.rows(rangeOf({ store }, 60), question)));
  }
  return runs;
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

for (const name of positionals.length > 0 ? positionals : Object.keys(ENGINES)) {
  const { child, url } = await startEngine(name);
  try {
    const began = performance.now();
    const samples = await fill(url, HISTOGRAMS[name]);
    await fetch(`${url}/internal/force_flush`).then((answer) => answer.text());
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `\n${name}: ${HOSTS * ROUTES * PARTS.length} series, ${values.minutes} min, ${samples} samples written in ${seconds.toFixed(0)} s`,
    );
    // What was written is merged in the background.
    await sleep(5000);
    console.log(
      '| | until it is shown, ms | requests | of it the engine, ms | times the engine |\n|---|---|---|---|---|',
    );
    for (const [what, list] of await measure(url)) {
      const of = (key) => Math.round(median(list.map((one) => one[key])));
      const times = median(list.map(({ ms, engine }) => ms / engine)).toFixed(2);
      console.log(`| ${what} | ${of('ms')} | ${of('requests')} | ${of('engine')} | ${times} |`);
    }
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
rmSync(folder, { recursive: true, force: true });
