// What a collector writes for a given workload: series, samples and bytes of a tick. The traffic is made by a
// generator with a seed on a clock of its own, so that every run on every machine finds the same.

import { setImmediate } from 'node:timers/promises';
import { PbfReader } from 'pbf';
import { uncompress } from 'snappyjs';
import { Ingest, MemoryStore, Writer } from '../../packages/live/dist/bench/parts.mjs';
import { startSink } from './sink.mjs';

const TICK_S = 10;
const START = 1_700_000_000_000;

/**
 * @typedef {object} Workload
 * @property {number} routes Routes of the host, each with a time of its own: 5 to 200 ms in the middle.
 * @property {number} statuses Statuses of each route; the first one has 95 % of the requests.
 * @property {boolean} cpu Whether CPU time is sent too, which has no status.
 * @property {number} rate Requests a second of the whole host.
 * @property {number} ticks How long it runs; the second half is counted as steady.
 *
 * @typedef {object} Volume
 * @property {number} series Series of the engine that the host has at the end.
 * @property {number} seriesPerTick Series that are written at a steady tick, on average.
 * @property {number} samplesPerTick Samples of a steady tick, on average; a native histogram counts as one.
 * @property {number} bytesPerTick Bytes on the wire of a steady tick, on average, without headers of HTTP.
 * @property {number} rawBytesPerTick The same before compression.
 * @property {number} requestsPerTick Requests of a steady tick.
 */

/**
 * Runs a workload under a writer of this kind of histogram.
 * @param {'native' | 'vmrange' | 'classic'} histograms
 * @param {Partial<Workload>} workload
 * @param {'1.0' | '2.0'} message Of remote write.
 * @returns {Promise<Volume>}
 */
export async function writeVolume(histograms, workload = {}, message = '1.0') {
  const { ticks = 30 } = workload;
  const bodies = [];
  const sink = await startSink(message, (body) => bodies.push(body));
  let now = START;
  const clock = () => now;
  const store = new MemoryStore({ clock, maxSeries: 20_000 });
  const ingest = new Ingest(store, { clock, maxSeries: 20_000 });
  const writer = new Writer(store, {
    url: sink.url,
    histograms,
    labels: new Map([
      ['host', 'web-0001'],
      ['service', 'shop'],
    ]),
    headers: {},
    maxSeries: 20_000,
    retention: 3600,
    version: '0.0.0',
    clock,
    warn: () => {},
  });
  const second = traffic(workload);
  const steady = { samples: 0, bytes: 0, raw: 0, series: 0, requests: 0 };
  const all = new Set();
  for (let tick = 0; tick < ticks; tick++) {
    for (let i = 0; i < TICK_S; i++) {
      for (const payload of second()) ingest.payload(payload);
      now += 1000;
      store.tick();
      writer.tick();
    }
    while (writer.isBusy || writer.stats().queued.requests > 0) await setImmediate();
    for (const body of bodies.splice(0)) {
      const raw = uncompress(body);
      const { series, samples } = contentOf(raw, all);
      if (tick < ticks / 2) continue;
      steady.samples += samples;
      steady.series += series;
      steady.bytes += body.length;
      steady.raw += raw.length;
      steady.requests++;
    }
  }
  await writer.close();
  sink.close();
  const counted = ticks - Math.ceil(ticks / 2);
  const each = (value) => Math.round(value / counted);
  return {
    series: all.size,
    seriesPerTick: each(steady.series),
    samplesPerTick: each(steady.samples),
    bytesPerTick: each(steady.bytes),
    rawBytesPerTick: each(steady.raw),
    requestsPerTick: Number((steady.requests / counted).toFixed(1)),
  };
}

/** Payloads of one second after the other. Times are log-normal: most near the middle of the route, a long tail. */
export function traffic({ routes = 50, statuses = 2, cpu = true, rate = 100 } = {}) {
  const next = random(1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const middles = Array.from({ length: routes }, () => 5 * 40 ** next());
  return () => {
    const lines = [];
    for (let i = 0; i < rate; i++) {
      const route = Math.floor(next() * routes);
      const status = statuses === 1 || next() < 0.95 ? 0 : 1 + Math.floor(next() * (statuses - 1));
      const wall = middles[route] * Math.exp(0.6 * normal());
      const tags = `http_route:/api/v1/resource-${route}/:id,http_method:GET`;
      const code = status === 0 ? 200 : 499 + status;
      lines.push(
        `http.server.request:${Number(wall.toPrecision(5))}|d|#${tags},http_status_code:${code},service:shop`,
      );
      if (cpu) {
        const time = Number((wall * 0.2 * Math.exp(0.3 * normal())).toPrecision(5));
        lines.push(`http.server.request.cpu:${time}|d|#${tags},service:shop`);
      }
    }
    const payloads = [];
    for (let at = 0; at < lines.length; at += 20)
      payloads.push(Buffer.from(lines.slice(at, at + 20).join('\n')));
    return payloads;
  };
}

/** Adds the series of a request to `all`, and counts. */
function contentOf(raw, all) {
  let series = 0;
  let samples = 0;
  const symbols = [];
  new PbfReader(raw).readFields((field, _, request) => {
    if (field === 4) symbols.push(request.readString());
    // `timeseries` of 1.0 and of 2.0.
    if (field !== 1 && field !== 5) return;
    series++;
    let labels = '';
    request.readMessage((tag, __, message) => {
      if (tag === 1 && field === 5)
        labels = JSON.stringify(message.readPackedVarint().map((ref) => symbols[ref]));
      else if (tag === 1) labels += Buffer.from(message.readBytes()).toString('latin1');
      else if (tag === 2 || tag === (field === 1 ? 4 : 3)) samples++;
    }, null);
    all.add(labels);
  }, null);
  return { series, samples };
}

/** mulberry32. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
