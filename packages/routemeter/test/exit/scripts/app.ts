import { writeSync } from 'node:fs';
import { createMeter } from '../../../src/index.ts';

/** Records, ends as told, and writes its books as the very last thing. */
const [, , url = '', way = '', state = '', wait = '100'] = process.argv;
const meter = createMeter({ url, exitWaitMs: Number(wait), flushMs: 60_000 });
meter.count('first');

if (state === 'connected' || state === 'stalled') await meter.flush();
if (state === 'stalled') {
  // Until neither the kernel nor the peer takes more.
  const settled = () => meter.stats().handed;
  for (let last = -1; last !== settled(); ) {
    last = settled();
    for (let i = 0; i < 400_000; i++) meter.timing('filler', i);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
for (let i = 0; i < 1000; i++) meter.timing('t', i);

process.on('exit', () => {
  const { samples, handed, waiting, dropped } = meter.stats();
  writeSync(1, `${JSON.stringify({ samples, handed, waiting, dropped })}\n`);
});

const ways: Record<string, () => void> = {
  return: () => {},
  'process.exit': () => process.exit(3),
  'uncaught error': () => {
    throw new Error('uncaught, on purpose');
  },
  'handled SIGTERM': () => {
    process.on('SIGTERM', () => process.exit(0));
    setTimeout(() => {}, 10_000);
    process.kill(process.pid, 'SIGTERM');
  },
  'default SIGTERM': () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => {}, 10_000);
  },
};
ways[way]!();
