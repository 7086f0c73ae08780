// An hour of a busy app in a simulated clock: `hour.mjs SECONDS PER_SECOND SERIES`. Each simulated second,
// so many samples go into the meter, and then what its timer would send is sent. Prints JSON: the heap, in
// MB, after each of 60 equal parts.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createMeter } from 'routemeter';

const [SECONDS, PER_SECOND, SERIES] = process.argv.slice(2).map(Number);
const PARTS = 60;

const server = createSocket('udp4').bind(0, '127.0.0.1');
await once(server, 'listening');

// The real timer stays out of it: a simulated second ends by `flush()`. User tags may have three quarters.
const meter = createMeter({
  url: `udp://127.0.0.1:${server.address().port}`,
  flushMs: 3_600_000,
  maxSeries: SERIES * 2,
});
const keys = Array.from({ length: SERIES }, (_, i) => ({ tags: { route: `r${i}` } }));

const heaps = [];
let at = 0;
for (let second = 1; second <= SECONDS; second++) {
  for (let i = 0; i < PER_SECOND; i++, at++) {
    meter.timing('shop.request', ((at * 7919) % 100_000) / 1000, keys[at % SERIES]);
  }
  await meter.flush();
  if (second % Math.max(1, Math.floor(SECONDS / PARTS)) === 0) {
    globalThis.gc();
    const { heapUsed, rss, external } = process.memoryUsage();
    heaps.push({ second, heapMb: (heapUsed + external) / 2 ** 20, rssMb: rss / 2 ** 20 });
  }
}
const { samples, handed, series, folded, dropped } = meter.stats();
await meter.close();
server.close();
console.log(JSON.stringify({ samples, handed, series, folded, dropped, heaps }));
