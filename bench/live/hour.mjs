// The live server after an hour of 5000 series on a clock of its own: `hour.mjs STEP`, seconds between two
// samples of a series. Prints JSON: memory, and ms of its queries as a browser would ask them.
import { createSocket } from 'node:dgram';
import { boundYoungGeneration } from '../../packages/live/dist/bench/parts.mjs';
import { createLiveServer } from '../../packages/live/dist/index.mjs';
import { median } from '../lib/numbers.mjs';

const STEP = Number(process.argv[2]);
const SECONDS = 3600;
const ROUTES = 500;
const LINES = 25;
const REPEATS = 9;
const QUERIES = {
  'routes, 60 s': '/api/routes?window=60',
  'routes, 1 h': '/api/routes?window=3600',
  metrics: '/api/metrics',
  'p99 by route, 1 h': '/api/query?name=shop.http.server.request&window=3600&step=60&by=http_route&stat=p99',
};

/** Ten series a route: three statuses, CPU, and six blocks. */
const lineOf = (route, kind, value) => {
  const tags = `#http_route:/api/v1/resource${route}/:id,http_method:GET`;
  if (kind < 3)
    return `shop.http.server.request:${value}|d|${tags},http_status_code:${[200, 404, 500][kind]}`;
  if (kind === 3) return `shop.http.server.request.cpu:${value}|d|${tags}`;
  return `shop.step${kind}:${value}|d|${tags}`;
};

let ms = 1_700_000_000_000;
// As the command does.
boundYoungGeneration();
const live = await createLiveServer({ port: 0, statsdPort: 0, clock: () => ms });
const socket = createSocket('udp4');
await new Promise((resolve) => socket.connect(live.statsdPort, '127.0.0.1', resolve));
const send = (text) => new Promise((resolve) => socket.send(text, resolve));

let sent = 0;
for (let second = 0; second < SECONDS; second += STEP) {
  const lines = [];
  for (let i = 0; i < ROUTES * 10; i++) {
    const value = ((((i + second) * 7919) % 100_000) / 1000 + 0.123).toFixed(3);
    lines.push(lineOf(i % ROUTES, Math.floor(i / ROUTES), value));
  }
  for (let from = 0; from < lines.length; from += LINES) {
    await send(lines.slice(from, from + LINES).join('\n'));
    sent++;
    // No faster than the server reads: nothing is to be lost here.
    if (sent % 50 === 0) await live.drain();
  }
  await live.drain();
  ms += STEP * 1000;
}
const { samples, series, kernelDrops, storeBytes } = await live.stats();
const rss = process.memoryUsage.rss();

const queries = {};
for (const [name, path] of Object.entries(QUERIES)) {
  const times = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    const response = await fetch(live.url + path);
    const body = await response.text();
    if (!response.ok) throw new Error(`${path}: ${body}`);
    times.push(performance.now() - start);
  }
  queries[name] = median(times);
}
socket.close();
await live.close();
console.log(
  JSON.stringify({ step: STEP, samples, series, kernelDrops, rssMb: rss / 2 ** 20, storeBytes, queries }),
);
process.exit();
