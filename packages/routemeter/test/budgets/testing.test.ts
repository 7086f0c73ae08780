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

describe('limits of upstream calls', () => {
  const call = (name: string, tags: object, value = 1): CapturedMetric => ({
    name: `app.${name}`,
    type: 'd',
    value,
    tags: { http_route: '/home', http_method: 'GET', ...tags },
    rate: 1,
  });
  const USERS = { db_system_name: 'postgresql', db_query_summary: 'SELECT users', server_address: 'db' };

  /** Requests of 20 ms that each make so many queries of a block, and wait so long for each. */
  function calling(count: number, queries: number, wait: number): CapturedMetric[] {
    const db = 'db.client.operation';
    return Array.from({ length: count }).flatMap((_, at) => [
      ...requests(1, () => 20),
      ...Array.from({ length: queries }).flatMap((_, n) => [
        call(db, { ...USERS, block: 'feed', ...(at === 0 && n === 0 ? { error_type: '57014' } : {}) }, 2),
        call(`${db}.wait`, { ...USERS, block: 'feed' }, wait),
      ]),
      call(`${db}.repeated`, { ...USERS, block: 'feed' }, queries),
      call('http.client.request', { http_request_method: 'GET', server_address: 'ads' }, 3),
      call('http.client.request.wait', { http_request_method: 'GET', server_address: 'ads' }, 1),
      call('http.client.request.repeated', { http_request_method: 'GET', server_address: 'ads' }, 1),
    ]);
  }

  test('what a request calls and waits for, in all and of one upstream', () => {
    const budget = (more: object) => ({ routes: { 'GET /home': more } });
    const metrics = calling(400, 7, 0.5);
    expect(
      expectBudgets(metrics, {
        routes: {
          'GET /home': {
            calls: 8,
            wait: '4.5ms',
            upstreams: {
              'postgresql SELECT users': { calls: 7, wait: 3.5, errors: '1%' },
              'GET ads': { calls: 1 },
            },
          },
        },
        upstreams: { '*': { errors: '1%' } },
      }).map(({ subject, limit, value, count, state }) => [
        subject.upstream ?? '',
        limit.measure,
        value,
        count,
        state,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['', 'calls', 8, 400, 'ok'],
        ['', 'wait', 4.5, 400, 'ok'],
        ['postgresql SELECT users', 'calls', 7, 400, 'ok'],
        ['postgresql SELECT users', 'wait', 3.5, 400, 'ok'],
        ['postgresql SELECT users', 'errors', 1 / 2800, 2800, 'ok'],
        ['GET ads', 'calls', 1, 400, 'ok'],
        ['GET ads', 'errors', 0, 400, 'ok'],
      ]),
    );
    expect(() => expectBudgets(metrics, budget({ calls: 5 }))).toThrow(
      /GET \/home: calls is 8 per request, at least 7\.\d+ per request with 99\.9 % confidence \(400 requests\); the limit is 5 per request/,
    );
    expect(() => expectBudgets(metrics, budget({ wait: '3ms' }))).toThrow('GET /home: wait is 4.5 ms');
    expect(() => expectBudgets(metrics, budget({ upstreams: { 'postgresql *': { calls: 2 } } }))).toThrow(
      'GET /home > postgresql SELECT users: calls is 7 per request',
    );
    expect(() => expectBudgets(metrics, { upstreams: { 'mysql *': { errors: 0 } } })).toThrow(
      '"mysql *" matches no call that was measured; correct it, or send it calls',
    );
  });

  test('calls are no blocks', () => {
    expect(
      expectBudgets(calling(100, 1, 1), { blocks: {}, routes: { '/home': { errors: 0 } } }),
    ).toHaveLength(1);
    expect(() => expectBudgets(calling(100, 1, 1), { blocks: { '*': { errors: 0 } } })).toThrow(
      'matches no block',
    );
  });

  test('where nothing tells what a request called, there is no verdict', () => {
    const silent = requests(400, () => 20);
    const budgets = { routes: { 'GET /home': { calls: 0 } } };
    expect(expectBudgets(silent, budgets)).toMatchObject([{ state: 'few', count: 0, value: null }]);
    expect(() => expectBudgets(silent, budgets, { strict: true })).toThrow('no verdict');
  });
});
