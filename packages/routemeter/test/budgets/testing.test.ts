import { describe, expect, test } from 'vitest';
import { type CapturedMetric, captureMeter, expectBudgets } from '../../src/testing/index.ts';

const TAGS = { http_route: '/home', http_method: 'GET', http_status_code: '200' };

/** A small generator with a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function requests(count: number, value: (i: number) => number, tags: object = {}): CapturedMetric[] {
  return Array.from({ length: count }, (_, i) => ({
    name: 'app.http.server.request',
    type: 'd',
    value: value(i),
    tags: { ...TAGS, ...tags },
    rate: 1,
  }));
}

describe('expectBudgets', () => {
  test('fails with what was measured, how sure, and the limit', () => {
    const metrics = requests(400, (i) => (i < 300 ? 100 : 300));
    const budgets = { routes: { 'GET /home': { wall: { p50: 120, p95: '250ms' } } } };
    expect(() => expectBudgets(metrics, budgets)).toThrow(
      'GET /home: wall p95 is 300 ms, at least 300 ms with 99.95 % confidence (400 requests); the limit is 250 ms',
    );
    expect(() => expectBudgets(metrics, budgets)).not.toThrow('p50');
  });

  test('a limit that is exceeded, but not for certain, does not fail', () => {
    const metrics = requests(400, (i) => (i < 376 ? 100 : 300));
    const [verdict] = expectBudgets(metrics, { routes: { '/home': { wall: { p95: 250 } } } });
    expect(verdict).toMatchObject({ state: 'ok', value: 300, atLeast: 100, count: 400 });
  });

  test('too few requests are no verdict, unless it is strict', () => {
    const metrics = requests(50, () => 300);
    const budgets = { routes: { '/home': { wall: { p95: 250 } } } };
    expect(expectBudgets(metrics, budgets)).toMatchObject([{ state: 'few', count: 50 }]);
    expect(() => expectBudgets(metrics, budgets, { strict: true })).toThrow(
      'no verdict, 50 of at least 100 requests',
    );
  });

  test('errors are those of status 500 and above, and what was thrown where no whole answer came', () => {
    const metrics = [
      ...requests(370, () => 1),
      ...requests(10, () => 1, { http_status_code: '503' }),
      ...requests(10, () => 1, { error: 'TypeError', aborted: 'true' }),
      ...requests(10, () => 1, { error: 'TypeError' }),
    ];
    const within = (errors: string) => expectBudgets(metrics, { routes: { '/home': { errors } } });
    expect(within('5%')).toMatchObject([{ state: 'ok', value: 0.05 }]);
    expect(() => within('1%')).toThrow('GET /home: errors is 5 %, at least');
    expect(() => within('0%')).toThrow('the limit is 0 %');
  });

  test('an entry that matches nothing fails, with what was probably meant', () => {
    const metrics = requests(400, () => 1);
    expect(() => expectBudgets(metrics, { routes: { 'GET /hom': { errors: 0 } } })).toThrow(
      'budgets: "GET /hom" matches no route that was measured; did you mean "GET /home"?',
    );
    expect(() => expectBudgets(metrics, { blocks: { 'load feed': { errors: 0 } } })).toThrow(
      '"load feed" matches no block that was measured; correct it, or send it calls',
    );
  });

  test('bad budgets are told without a place', () => {
    expect(() => expectBudgets([], { routes: { '/a': { wall: { p95: '1 fortnight' } } } })).toThrow(
      'budgets: p95: "1 fortnight" is not a time',
    );
  });

  test('blocks of a real meter, wall and CPU, under any prefix', async () => {
    const captured = captureMeter({ prefix: 'app' });
    for (let i = 0; i < 120; i++) captured.meter.time('feed', () => undefined);
    const metrics = (await captured.metrics()).map((one) => ({ ...one, tags: { ...TAGS, ...one.tags } }));
    await captured.meter.close();
    const verdicts = expectBudgets([...metrics, ...requests(1, () => 1)], {
      routes: { '/home': { blocks: { feed: { wall: { p50: '10s' } } } } },
      blocks: { 'f*': { cpu: { p95: '10s' } } },
    });
    expect(verdicts.map(({ state, subject, count }) => [state, subject.route, subject.block, count])).toEqual(
      [
        ['ok', '/home', 'feed', 120],
        ['ok', undefined, 'feed', 120],
      ],
    );
  });

  test('at the edge of every limit, false alarms stay below the promised share', () => {
    const next = random(7);
    let alarms = 0;
    for (let run = 0; run < 400; run++) {
      // Half of the values are above the limit of the median, 5 % above that of the 95th: exactly at the edge.
      const metrics = requests(300, () => next() * 100);
      try {
        expectBudgets(metrics, { routes: { '/home': { wall: { p50: 50, p95: 95 } } } }, { confidence: 0.95 });
      } catch {
        alarms++;
      }
    }
    expect(alarms).toBeLessThan(400 * 0.05 * 1.8);
  });
});
