// One host of a fleet, with the real library, store and writer, on a clock of its own: what it sends and
// writes in a steady minute. The same numbers on every run.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import protobuf from 'protobufjs';
import { createMeter } from 'routemeter';
import { uncompress } from 'snappyjs';
import { Ingest, MemoryStore, Writer } from '../../packages/live/dist/bench/parts.mjs';

const START = 1_700_000_000_000;
/** New series bring zeros with them, and rare values new buckets for some minutes. */
const WARM_UP = 540;
const STEADY = 60;
/** UDP and IPv4. */
const HEADERS = 28;

const { root } = protobuf.parse(
  `syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; }
  message TimeSeries { repeated Label labels = 1; }
  message Label { string name = 1; string value = 2; }`,
);
const WriteRequest = root.lookupType('WriteRequest');

/** A small generator with a seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Takes remote write and remembers which series there were. */
async function startEngine() {
  const series = new Set();
  const buckets = new Set();
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    const { timeseries } = WriteRequest.decode(uncompress(Buffer.concat(chunks)));
    for (const { labels } of timeseries) {
      const text = labels.map(({ name, value }) => `${name}=${value}`).join();
      series.add(text);
      if (labels.some(({ name }) => name === 'le' || name === 'vmrange')) buckets.add(text);
    }
    res.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/api/v1/write`;
  return { url, series, buckets, close: () => server.close() };
}

/**
 * @param options.routes routes of the host's service
 * @param options.perSecond requests to each of them
 * @param options.histograms `vmrange`, `native` or `classic`
 * @param options.cpu whether CPU time is sent too
 */
export async function simulateHost({ routes, perSecond, histograms, cpu }) {
  let now = START;
  const clock = () => now;
  const engine = await startEngine();
  const store = new MemoryStore({ clock });
  const ingest = new Ingest(store, { clock });
  const writer = new Writer(store, {
    url: engine.url,
    histograms,
    labels: new Map([['host', 'web-0001']]),
    headers: {},
    maxSeries: 5000,
    retention: 3600,
    version: '0.0.0',
    clock,
    warn() {},
  });
  const sent = { datagrams: 0, bytes: 0 };
  let settle;
  const sink = {
    url: 'null:',
    maxPayload: 1432,
    newline: false,
    open(settled) {
      settle = settled;
    },
    send(payload) {
      sent.datagrams++;
      sent.bytes += payload.length + HEADERS;
      ingest.payload(payload.buffer.subarray(0, payload.length));
      settle(payload, null);
    },
    flush: async () => {},
    flushSync() {},
    close: async () => {},
  };
  const meter = createMeter({ sink, tags: { service: 'shop' }, cpu: 'off', flushMs: 60_000 });
  const next = random(1);
  const usual = Array.from({ length: routes }, () => 2 * Math.exp(next() * 5));

  async function second() {
    for (let route = 0; route < routes; route++) {
      for (let i = 0; i < perSecond; i++) {
        // Log-normal around the route's usual time: a tail as backends have it.
        const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
        const ms = usual[route] * Math.exp(0.5 * normal);
        const tags = { http_route: `/api/resource-${route}/:id`, http_method: 'GET' };
        const status = next() < 0.02 ? '500' : '200';
        meter.distribution('http.server.request', ms, { tags: { ...tags, http_status_code: status } });
        if (cpu) meter.distribution('http.server.request.cpu', ms / 5, { tags });
      }
    }
    await meter.flush();
    now += 1000;
    store.tick();
    writer.tick();
    // The clock stands still until the tick is written and taken.
    while (writer.isBusy || writer.stats().queued.requests > 0) await wait(1);
  }

  for (let i = 0; i < WARM_UP; i++) await second();
  const before = { ...writer.stats(), udp: { ...sent } };
  for (let i = 0; i < STEADY; i++) await second();
  const after = writer.stats();
  const { customMetrics } = meter.stats();
  const result = {
    series: engine.series.size,
    buckets: engine.buckets.size,
    samplesPerSecond: (after.samples - before.samples) / STEADY,
    writeBytesPerSecond: (after.bytes - before.bytes) / STEADY,
    udpBytesPerSecond: (sent.bytes - before.udp.bytes) / STEADY,
    datagramsPerSecond: (sent.datagrams - before.udp.datagrams) / STEADY,
    customMetrics,
  };
  await Promise.all([meter.close(), writer.close()]);
  engine.close();
  return result;
}
