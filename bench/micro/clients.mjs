// Plain client calls, ours beside hot-shots 17, in one interleaved run: `clients.mjs ROUNDS CALLS`. Prints
// JSON: ns of this process's CPU per call, what is sent later included.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import hotShots from 'hot-shots';
import { createMeter } from 'routemeter';
import { rotated } from '../lib/numbers.mjs';

const ROUNDS = Number(process.argv[2]);
const CALLS = Number(process.argv[3]);

const server = createSocket('udp4').bind(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();

const meter = createMeter({ url: `udp://127.0.0.1:${port}`, tags: { app: 'bench' } });
const theirs = { host: '127.0.0.1', port, globalTags: { app: 'bench' }, errorHandler() {} };
const buffered = new hotShots.StatsD({ ...theirs, maxBufferSize: 1432 });
const unbuffered = new hotShots.StatsD(theirs);
const options = { tags: { plan: 'free' } };

const SUBJECTS = [
  ['timing, Routemeter', (i) => meter.timing('load', i % 100)],
  ['timing, hot-shots buffered', (i) => buffered.timing('load', i % 100)],
  ['timing, hot-shots unbuffered', (i) => unbuffered.timing('load', i % 100), CALLS / 10],
  ['timing with a tag, Routemeter', (i) => meter.timing('load', i % 100, options)],
  ['timing with a tag, hot-shots buffered', (i) => buffered.timing('load', i % 100, options.tags)],
  ['increment, Routemeter', () => meter.increment('hits')],
  ['increment, hot-shots buffered', () => buffered.increment('hits')],
];

const rounds = [];
// The first round warms up.
for (let round = -1; round < ROUNDS; round++) {
  const found = {};
  for (const [name, call, calls = CALLS] of rotated(SUBJECTS, round + 1)) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) call(i);
    await wait(20);
    const { user, system } = process.cpuUsage(before);
    found[name] = ((user + system) * 1000) / calls;
  }
  if (round >= 0) rounds.push(found);
}
await meter.close();
buffered.close();
unbuffered.close();
server.close();
console.log(JSON.stringify({ rounds }));
