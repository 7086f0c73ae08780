// Run with --expose-gc and a young generation that no collection interrupts: prints bytes per call as JSON.
import { createMeter, NullSink } from '../../../src/index.ts';
import { requestTag } from '../../../src/meter/index.ts';

/**
 * Bytes that `once` allocates: the least of several times, since V8 compiles it a while later where a machine is busy,
 * and boxes numbers until then.
 */
function bytes(once: (i: number) => void): number {
  return Math.min(...Array.from({ length: 5 }, () => middle(once)));
}

/** The middle of several rounds, since the collector may run in one. */
function middle(once: (i: number) => void): number {
  const COUNT = 1000;
  for (let i = 0; i < 100_000; i++) once(i);
  const rounds: number[] = [];
  for (let round = 0; round < 15; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < COUNT; i++) once(i);
    rounds.push((process.memoryUsage().heapUsed - before) / COUNT);
  }
  return rounds.sort((a, b) => a - b)[7] as number;
}

const meter = createMeter({ sink: new NullSink(), tags: { app: 'shop' } });
const options = { tags: { plan: 'free', region: 'eu' } };
const own = meter.core.resolve({
  metric: 'http.server.request',
  type: 'distribution',
  tags: [requestTag('http_route', '/users/:id')],
  rate: 1,
  own: true,
  breakdown: false,
});

const result = {
  nothing: bytes(() => {}),
  request: bytes((i) => own?.record((i % 100) + 0.25)),
  count: bytes(() => meter.increment('hits')),
  timing: bytes((i) => meter.timing('load', i % 100)),
  tagged: bytes((i) => meter.timing('load', i % 100, options)),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
