// CPU and memory of ingest, store and writer at 5000 series over forty seconds of virtual time, as JSON. The
// sink of the requests is in the process as well; it only counts.

import { setImmediate } from 'node:timers/promises';
import { Ingest, MemoryStore, Writer } from '../../packages/live/dist/bench/parts.mjs';
import { startSink } from './sink.mjs';
import { traffic } from './write-volume.mjs';

const SECONDS = 40;
const [, , kind, message] = process.argv;
const sink = await startSink(message);

let now = 1_700_000_000_000;
const clock = () => now;
const store = new MemoryStore({ clock });
const ingest = new Ingest(store, { clock });
const writer =
  kind === 'none'
    ? undefined
    : new Writer(store, {
        url: sink.url,
        histograms: kind,
        labels: new Map([['host', 'web-0001']]),
        headers: {},
        maxSeries: 5000,
        retention: 3600,
        version: '0.0.0',
        clock,
        warn: () => {},
      });
// 5000 samples a second over 1667 routes with two statuses and CPU: 5001 series.
const second = traffic({ routes: 1666, statuses: 2, cpu: true, rate: 2500 });
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
let longest = 0;
let used = 0;
for (let i = 0; i < SECONDS; i++) {
  const payloads = second();
  const from = cpu();
  for (const payload of payloads) ingest.payload(payload);
  now += 1000;
  store.tick();
  const began = performance.now();
  writer?.tick();
  longest = Math.max(longest, performance.now() - began);
  while (writer !== undefined && (writer.isBusy || writer.stats().queued.requests > 0)) await setImmediate();
  if (i >= SECONDS / 2) used += cpu() - from;
}
globalThis.gc();
const { heapUsed, arrayBuffers } = process.memoryUsage();
console.log(
  JSON.stringify({
    series: store.stats().series,
    'CPU, ms a second': Number((used / (SECONDS / 2)).toFixed(2)),
    'heap and buffers, MB': Math.round((heapUsed + arrayBuffers) / 1e6),
    'longest turn of a tick, ms': Number(longest.toFixed(1)),
  }),
);
process.exit();
