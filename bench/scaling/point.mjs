// One point: `point.mjs DIMENSION X MODE REQUESTS`, MODE being `bare` or `exact`. Requests go into a Fastify
// app without a socket, so that what is measured is the app's own. Prints JSON.
import { setImmediate as turn } from 'node:timers/promises';
import Fastify from 'fastify';
import { createMeter, NullSink } from 'routemeter';
import { fastifyMeter } from 'routemeter/fastify';
import { DIMENSIONS } from './dimensions.mjs';

const [dimension, text, mode, amount] = process.argv.slice(2);
const x = Number(text);
const REQUESTS = Number(amount);
const WINDOWS = 5;
const AT_ONCE = 10;
const nothing = () => {};
const BLOCKS = Array.from({ length: 100 }, (_, i) => `step${i}`);
const TAGS = Array.from({ length: 20 }, (_, i) => `tag${i}`);
const VALUES = Array.from({ length: 16_000 }, (_, i) => `v${i}`);

const options = DIMENSIONS[dimension].options ?? {};
const meter = mode === 'bare' ? undefined : createMeter({ ...options, sink: new NullSink() });
const app = Fastify();
if (meter) await app.register(fastifyMeter, { meter });

const routes = dimension === 'routes' ? x : 1;
const atOnce = dimension === 'concurrency' ? x : AT_ONCE;
let count = 0;
let gate;

const HANDLERS = {
  routes: nothing,
  concurrency: () => gate ?? turn(),
  blocks() {
    for (let i = 0; i < x; i++) {
      if (meter) meter.time(BLOCKS[i], nothing);
      else nothing();
    }
  },
  tags() {
    for (let i = 0; i < x; i++) meter?.tag(TAGS[i], 'value');
  },
  series: tagged,
  overflow: tagged,
};

function tagged() {
  const value = VALUES[count++ % x];
  meter?.tag('item', value);
}

const work = HANDLERS[dimension];
for (let i = 0; i < routes; i++) {
  app.get(`/resource${i}/:id`, async () => {
    await work();
    return 'ok';
  });
}
await app.ready();

let sent = 0;
const one = () => app.inject({ url: `/resource${sent++ % routes}/42` });

async function run(requests) {
  for (let done = 0; done < requests; done += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, one));
  }
  return Math.ceil(requests / atOnce) * atOnce;
}

// Every route and value is known, and the compiler has done its work.
await run(Math.max(REQUESTS, routes, dimension === 'series' ? x : 0));
let least = Number.POSITIVE_INFINITY;
for (let window = 0; window < WINDOWS; window++) {
  const before = process.cpuUsage();
  const done = await run(REQUESTS);
  const { user, system } = process.cpuUsage(before);
  // Whatever else runs on the machine can only add to it.
  least = Math.min(least, (user + system) / done);
}

/** What lives after everything was sent; with requests open, what they hold. */
async function heap() {
  await meter?.flush();
  for (let i = 0; i < 3; i++) {
    await turn();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

let bytes = await heap();
if (dimension === 'concurrency') {
  let release;
  gate = new Promise((resolve) => {
    release = resolve;
  });
  const open = Array.from({ length: x }, one);
  await turn();
  bytes = (await heap()) - bytes;
  release();
  await Promise.all(open);
}
if (meter && meter.stats().samples < sent)
  throw new Error(`${meter.stats().samples} of ${sent} were recorded`);
await meter?.close();
console.log(JSON.stringify({ cpuUs: least, bytes }));
