// What single calls cost, in ns of this process's CPU, by mitata: `calls.mjs MS ROUNDS`. Prints JSON. Samples
// go over UDP to a socket on this machine that nobody reads; after a thousand calls the event loop turns
// once, so that what is sent is part of the cost.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { do_not_optimize, measure } from 'mitata';
import { createMeter } from 'routemeter';
import { median, rotated } from '../lib/numbers.mjs';

const MS = Number(process.argv[2]);
const ROUNDS = Number(process.argv[3]);
const CALLS = 1000;

/** Other work on the machine does not count. Linux tells the CPU of a thread by whole ticks only. */
function now() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

const server = createSocket('udp4').bind(0, '127.0.0.1');
await once(server, 'listening');
const url = `udp://127.0.0.1:${server.address().port}`;
const exact = createMeter({ url, tags: { app: 'bench' } });
const wall = createMeter({ url, tags: { app: 'bench' }, cpu: 'off' });
const nothing = () => {};
/** What a block reads at least: the time at both ends; with CPU the loop's idle time beside it. */
const { nodeTiming } = performance;
const values = new Float64Array(2048);
let at = 0;
const keep = (value) => {
  values[at++ & 2047] = value;
};
const nothingAsync = async () => {};
const object = { tags: { plan: 'free' } };
const array = { tags: ['plan:free'] };
const many = Array.from({ length: 100 }, (_, i) => ({ tags: { plan: `p${i}` } }));

/** Runs `call` a thousand times, then lets the loop turn. */
const batch = (call) => async () => {
  for (let i = 0; i < CALLS; i++) call(i);
  await turn();
};
const batchAsync = (call) => async () => {
  for (let i = 0; i < CALLS; i++) await call(i);
  await turn();
};

const SUBJECTS = {
  'an empty call': batch((i) => do_not_optimize(nothing(i))),
  'floor of a sample': batch((i) => keep(i % 100)),
  'sample into a known series': batch((i) => exact.timing('load', i % 100)),
  'sample, one tag as an object': batch((i) => exact.timing('load', i % 100, object)),
  'sample, one tag as an array': batch((i) => exact.timing('load', i % 100, array)),
  'sample, a tag of 100 values': batch((i) => exact.timing('load', 5, many[i % 100])),
  increment: batch(() => exact.increment('hits')),
  'increment, one tag': batch(() => exact.increment('hits', 1, object)),
  'floor of a block, wall': batch((i) => {
    const began = performance.now();
    do_not_optimize(nothing(i));
    keep(performance.now() - began);
  }),
  'floor of a block, wall and CPU': batch((i) => {
    const began = performance.now() - nodeTiming.idleTime;
    do_not_optimize(nothing(i));
    keep(performance.now() - nodeTiming.idleTime - began);
  }),
  'block, callback, wall': batch(() => wall.time('step', nothing)),
  'block, callback, wall and CPU': batch(() => exact.time('step', nothing)),
  'block, end(), wall': batch(() => wall.block('step').end()),
  'block, end(), wall and CPU': batch(() => exact.block('step').end()),
  'an empty async call': batchAsync(nothingAsync),
  'block, async callback, wall': batchAsync(() => wall.time('step', nothingAsync)),
  'block, async callback, wall and CPU': batchAsync(() => exact.time('step', nothingAsync)),
};

const names = Object.keys(SUBJECTS);
const rounds = [];
// The first round is for the compiler.
for (let round = -1; round < ROUNDS; round++) {
  const found = {};
  for (const name of rotated(names, round + 1)) {
    const stats = await measure(SUBJECTS[name], { now, min_cpu_time: MS * 1e6, batch_threshold: 0 });
    found[name] = stats.p50 / CALLS;
  }
  if (round >= 0) rounds.push(found);
}

/** One sample in each of a thousand series, then a flush: ns of the flush alone. */
async function flushes() {
  const meter = createMeter({ url, flushMs: 3_600_000, tags: { app: 'bench' } });
  const options = Array.from({ length: 1000 }, (_, i) => ({ tags: { item: `i${i}` } }));
  const found = [];
  for (let i = 0; i < 60; i++) {
    for (const each of options) meter.timing('load', i + 0.25, each);
    const start = now();
    await meter.flush();
    found.push(now() - start);
  }
  await meter.close();
  return median(found.slice(20));
}

const flush = await flushes();
await Promise.all([exact.close(), wall.close()]);
server.close();
console.log(JSON.stringify({ rounds, flushOf1000Ns: flush }));
