// Makes calls of a library that does nothing, as many as each line of its input says and of the library that it names,
// and says so: what they take is counted from outside. Argument: whether they are followed, `calls` or `none`.

import { createInterface } from 'node:readline';
import { steadyClock } from './clock.ts';

steadyClock();
const { createMeter, NullSink } = await import('../../../src/index.ts');
const { upstreams } = await import('../../../src/calls/upstreams.ts');
const { CLIENTS, MODULES } = await import('./hollow-clients.ts');

const OF_A_UNIT = 10;
const isFollowed = process.argv[2] === 'calls';
if (isFollowed) upstreams(...MODULES);
const meter = createMeter({
  sink: new NullSink(),
  // How many calls share a flush would depend on how busy the machine is.
  flushMs: 3_600_000,
  upstreams: isFollowed,
  breakdown: true,
  cpu: 1,
});

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [amount, name] = line.split(' ');
  const call = CLIENTS[name!]!;
  for (let made = 0; made < Number(amount); made += OF_A_UNIT) {
    await meter.time('job', async () => {
      for (let i = 0; i < OF_A_UNIT; i++) await call();
    });
  }
  process.stdout.write('answered\n');
}
