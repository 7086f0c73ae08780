// The live server with so many metrics: `metrics-server.mjs METRICS`. Prints its address as JSON.
import { createSocket } from 'node:dgram';
import { createLiveServer } from '../../packages/live/dist/index.mjs';

const METRICS = Number(process.argv[2]);
const LINES = 25;

const live = await createLiveServer({ port: 0, statsdPort: 0, maxSeries: METRICS });
const socket = createSocket('udp4');
const send = (text) => new Promise((resolve) => socket.send(text, live.statsdPort, '127.0.0.1', resolve));
const lines = Array.from(
  { length: METRICS },
  (_, i) =>
    `shop.component${i % 40}.worker${i % 7}.queue${i}.${i % 2 ? 'length' : 'time'}:${i}|${i % 2 ? 'g' : 'ms'}`,
);
for (let from = 0; from < METRICS; from += LINES) {
  await send(lines.slice(from, from + LINES).join('\n'));
  await live.drain();
}
console.log(JSON.stringify({ url: live.url }));
