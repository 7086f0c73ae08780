// One sample into a known series, ours beside hot-shots 17, in one interleaved run: node bench/micro.mjs
// Both send over UDP to a socket on this machine that nobody reads; median of rounds in rotated order.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import hotShots from 'hot-shots';
import { createMeter } from 'routemeter';
import { table } from '../scripts/lib/table.mjs';

const ROUNDS = 9;
const CALLS = 100_000;

const server = createSocket('udp4').bind(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();

const meter = createMeter({ url: `udp://127.0.0.1:${port}`, tags: { app: 'bench' } });
const wall = createMeter({ url: `udp://127.0.0.1:${port}`, tags: { app: 'bench' }, cpu: 'off' });
const client = new hotShots.StatsD({
  host: '127.0.0.1',
  port,
  globalTags: { app: 'bench' },
  maxBufferSize: 1432,
  errorHandler() {},
});
const unbuffered = new hotShots.StatsD({
  host: '127.0.0.1',
  port,
  globalTags: { app: 'bench' },
  errorHandler() {},
});
const options = { tags: { plan: 'free' } };
const nothing = () => {};

const SUBJECTS = [
  ['timing, routemeter', (i) => meter.timing('load', i % 100)],
  ['timing, hot-shots buffered', (i) => client.timing('load', i % 100)],
  ['timing, hot-shots unbuffered', (i) => unbuffered.timing('load', i % 100), CALLS / 10],
  ['timing with a tag, routemeter', (i) => meter.timing('load', i % 100, options)],
  ['timing with a tag, hot-shots buffered', (i) => client.timing('load', i % 100, options.tags)],
  ['increment, routemeter', () => meter.increment('hits')],
  ['increment, hot-shots buffered', () => client.increment('hits')],
  ['block, wall', () => wall.time('step', nothing)],
  ['block, wall and CPU', () => meter.time('step', nothing)],
];

const found = new Map(SUBJECTS.map(([name]) => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (let at = 0; at < SUBJECTS.length; at++) {
    const [name, call, calls = CALLS] = SUBJECTS[(at + round) % SUBJECTS.length];
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) call(i);
    // What was handed over but not yet sent is part of the cost.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) found.get(name).push(((user + system) * 1000) / calls);
  }
}
const middle = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const rows = [...found].map(([name, ns]) => [
  name,
  middle(ns).toFixed(0),
  `${Math.min(...ns).toFixed(0)} to ${Math.max(...ns).toFixed(0)}`,
]);
console.log(`CPU per call on Node ${process.version}, ${ROUNDS} rounds of ${CALLS} calls\n`);
console.log(table(['', 'median ns', 'range'], rows));
await Promise.all([meter.close(), wall.close()]);
client.close();
unbuffered.close();
server.close();
