import { afterEach, expect, it } from 'vitest';
import { createMeter, NullSink } from '../../src/index.ts';
import { type Meter, requestTag } from '../../src/meter/index.ts';

const REQUESTS = 10_000;
let meter: Meter;
afterEach(() => meter.close());

/** The same times on each run, spread as those of a route are: between `least` and its tenfold. */
function times(least: number): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least * 10 ** (state / 2 ** 32);
  };
}

function series(metric: string, status: boolean) {
  const tags = [requestTag('http_route', '/users/:id'), requestTag('http_method', 'GET')];
  if (status) tags.push(requestTag('http_status_code', '200'));
  return meter.core.resolve({ metric, type: 'distribution', tags, rate: 1, own: true, breakdown: false })!;
}

/** Lines, payloads and bytes per 1000 requests of one route at 1000 a second, flushed each second. */
async function cost(leasts: Record<string, number>, server: 'datadog' | 'vector' = 'datadog') {
  meter = createMeter({ sink: new NullSink(), server });
  const all = Object.entries(leasts).map(([metric, least]) => ({
    series: series(metric, metric === 'http.server.request'),
    next: times(least),
  }));
  for (let request = 1; request <= REQUESTS; request++) {
    for (const one of all) one.series.record(one.next());
    if (request % 1000 === 0) await meter.flush();
  }
  const { lines, payloads, bytes } = meter.stats();
  const per = REQUESTS / 1000;
  return { lines: lines / per, payloads: payloads / per, bytes: bytes / per };
}

const WALL = { 'http.server.request': 0.06 };
const BOTH = { 'http.server.request': 0.06, 'http.server.request.cpu': 0.03 };
const SLOW = { 'http.server.request': 3, 'http.server.request.cpu': 0.3 };

it.each([
  // A time and its colon take seven to eight bytes, and each payload begins its line anew.
  ['wall', WALL, { lines: 6, payloads: 6, bytes: 7600 }],
  ['wall and CPU', BOTH, { lines: 13, payloads: 12, bytes: 15_600 }],
  ['wall and CPU of slower requests', SLOW, { lines: 12, payloads: 11, bytes: 14_900 }],
])('1000 requests fill no more payloads than they did: %s', async (_name, leasts, most) => {
  const found = await cost(leasts);
  expect(found.lines).toBeLessThanOrEqual(most.lines);
  expect(found.payloads).toBeLessThanOrEqual(most.payloads);
  expect(found.bytes).toBeLessThanOrEqual(most.bytes);
  expect(found.bytes).toBeGreaterThan(most.bytes * 0.9);
});

it('sends one value a line to servers that read no more', async () => {
  const { lines, payloads } = await cost(WALL, 'vector');
  expect(lines).toBe(1000);
  expect(payloads).toBeLessThanOrEqual(67);
});
