import { describe, expect, it } from 'vitest';
import { FakeClock, type Json, startLive } from '../helpers.ts';

describe('/api/query', () => {
  it('tells the largest series, whatever came first, and the others as one with their true sum', async () => {
    await using live = await startLive();
    const lines = Array.from(
      { length: 130 },
      (_, i) => `calls:${i === 129 ? 5000 : 1 + (i % 3)}|c|#who:${i}`,
    );
    await live.send(...[0, 50, 100].map((from) => lines.slice(from, from + 50).join('\n')));
    const total = (points: number[]) => points.reduce((sum, point) => sum + point, 0);
    for (const limit of [100, 5, 1]) {
      const { body } = await live.get(`/api/query?name=calls&by=who&stat=count&window=600&limit=${limit}`);
      expect(body.series).toHaveLength(limit + 1);
      expect(body.more).toBe(130 - limit);
      expect(body.series[0].tags).toEqual({ who: '129' });
      const others = body.series.at(-1);
      expect(others).toMatchObject({ others: true, count: 130 - limit });
      const all = body.series.reduce((sum: number, one: Json) => sum + total(one.points), 0);
      expect(all).toBe(lines.reduce((sum, line) => sum + Number(/:(\d+)/.exec(line)![1]), 0));
    }
    const few = (await live.get('/api/query?name=calls&stat=count')).body;
    expect(few).not.toHaveProperty('more');
    expect(few.series).toHaveLength(1);
  });

  it('tells percentiles and heat of the others, too', async () => {
    await using live = await startLive();
    await live.send(Array.from({ length: 20 }, (_, i) => `t:${i + 1}|ms|#n:${i}`).join('\n'));
    const { body } = await live.get('/api/query?name=t&by=n&stat=max,count&limit=2&window=600');
    const last = (one: Json) => one.points.findLast((point: number | null) => point !== null && point > 0);
    expect(body.series.map((one: Json) => [one.tags.n ?? null, one.stat, last(one)])).toEqual([
      ['19', 'max', 20],
      ['19', 'count', 1],
      ['18', 'max', 19],
      ['18', 'count', 1],
      [null, 'max', 18],
      [null, 'count', 18],
    ]);
    const heat = (await live.get('/api/query?name=t&by=n&stat=heat&limit=2&window=600')).body;
    expect(heat.more).toBe(18);
    expect(heat.series.at(-1)).toMatchObject({ others: true, count: 18 });
    expect(
      heat.series
        .at(-1)
        .points.flat()
        .reduce((sum: number, n: number) => sum + n, 0),
    ).toBe(18);
  });

  it('has whole slots alone in the last point of a rate', async () => {
    const clock = new FakeClock();
    await using live = await startLive({ clock: clock.now });
    for (let i = 0; i < 11; i++) {
      await live.send('steady:5|c', 'steady:5|c');
      for (const step of [1, 2, 5]) {
        const { series } = (await live.get(`/api/query?name=steady&window=30&step=${step}`)).body;
        const points = (series[0]?.points ?? []).filter(
          (point: number | null) => point !== null && point > 0,
        );
        for (const point of points) expect(point).toBe(10);
      }
      clock.advance(1);
    }
    const { series } = (await live.get('/api/query?name=steady&window=30&step=2&stat=rate,count')).body;
    expect(series[0].points.filter((point: number | null) => point !== null).at(-1)).toBe(10);
    const { metrics } = (await live.get('/api/metrics')).body;
    expect(metrics[0]).toMatchObject({ rate: 10, senders: 1, value: 5, unit: 'count', stored: 'steady' });
  });

  it('looks across the senders of a gauge: sum, mean, the latest, each by itself', async () => {
    const clock = new FakeClock();
    await using live = await startLive({ clock: clock.now });
    await live.send('q:90|g|#from:x\nq:10|g|#from:y');
    clock.advance(30);
    await live.send('q:20|g|#from:y');
    const last = async (query: string) => {
      const { series } = (await live.get(`/api/query?name=q&window=60&step=10&${query}`)).body;
      return series.map((one: Json) => one.points.at(-1));
    };
    expect(await last('')).toEqual([55]);
    expect(await last('stat=sum,mean,latest,last,min,max')).toEqual([110, 55, 20, 55, 20, 90]);
    expect(await last('by=from')).toEqual([90, 20]);
    // Set once, it stands until the next value.
    clock.advance(120);
    expect(await last('stat=sum,latest')).toEqual([110, 20]);
  });

  it('passes values below zero', async () => {
    await using live = await startLive();
    await live.send('g:-57.7|g\nt:-3|ms\nc:-5|c');
    const value = async (query: string) => {
      const { series } = (await live.get(`/api/query?window=60&${query}`)).body;
      return series[0].points.findLast((point: number | null) => point !== null && point !== 0);
    };
    expect(await value('name=g')).toBe(-57.7);
    expect(await value('name=t&stat=mean')).toBe(-3);
    expect(await value('name=c&stat=sum')).toBe(-5);
    expect(
      (await live.get('/api/metrics')).body.metrics.find((one: Json) => one.name === 'c').decreases,
    ).toBe(true);
  });
});

describe('what else is told', () => {
  it('events and service checks, the newest first', async () => {
    const clock = new FakeClock();
    await using live = await startLive({ clock: clock.now });
    await live.send(
      '_e{6,9}:Deploy|v1\\nof it|t:success|p:low|k:deploy|s:ci|h:web-1|#role:web,role:db,plain\n_e{1,1}:a|b|d:1600000000',
      '_sc|db|2|m:gone|h:db-1|#env:live\n_sc|cache|0',
    );
    const { events, checks } = (await live.get('/api/events')).body;
    expect(events).toEqual([
      { at: 1_600_000_000_000, title: 'a', text: 'b', alertType: 'info', priority: 'normal', tags: {} },
      {
        at: clock.ms,
        title: 'Deploy',
        text: 'v1\nof it',
        alertType: 'success',
        priority: 'low',
        aggregationKey: 'deploy',
        source: 'ci',
        host: 'web-1',
        tags: { role: ['web', 'db'], plain: [''] },
      },
    ]);
    expect(checks).toMatchObject([
      { name: 'cache', status: 'ok' },
      { name: 'db', status: 'critical', message: 'gone', host: 'db-1', tags: { env: ['live'] } },
    ]);
    for (let i = 0; i < 30; i++) {
      await live.send(
        Array.from({ length: 50 }, (_, j) => `_e{5,1}:${String(10_000 + i * 50 + j)}|x\n_sc|c|0`).join('\n'),
      );
    }
    const all = (await live.get('/api/events?limit=1000')).body;
    expect([all.events.length, all.checks.length]).toEqual([1000, 1000]);
    expect(all.events[0].title).toBe('11499');
    expect(await live.live.stats()).toMatchObject({ events: 1502, checks: 1502 });
  });

  it('what was refused, by reason and name, and what would be right', async () => {
    await using live = await startLive();
    await live.send('a:x|ms\na:y|ms\nb:1|q\n_e{1,1}:ü|ab\nnothing');
    const { rejected } = (await live.get('/api/rejected')).body;
    expect(rejected[0]).toMatchObject({
      reason: 'value is not a finite number',
      name: 'a',
      count: 2,
      last: { text: 'a:y|ms' },
    });
    expect(rejected[0].remedy).toContain('a:12.5|ms');
    expect(rejected).toHaveLength(4);
    for (const one of rejected) expect(one.remedy.length).toBeGreaterThan(10);
    for (let i = 0; i < 10; i++) {
      await live.send(Array.from({ length: 50 }, (_, j) => `n${i * 50 + j}:x|c`).join('\n'));
    }
    const many = (await live.get('/api/rejected')).body.rejected as Json[];
    expect(many.length).toBeLessThanOrEqual(202);
    expect(many.reduce((sum, { count }) => sum + count, 0)).toBe(505);
  });

  it('what lines were read as, and by whose rules', async () => {
    await using live = await startLive();
    await live.send('jobs:10|g\njobs:+5|g\njobs:-3|g\na:320|ms:5|c\nu:me|s|#k:v');
    const { lines } = (await live.get('/api/raw')).body;
    expect(lines.map((one: Json) => one.readAs).reverse()).toEqual([
      'gauge jobs = 10',
      'gauge jobs, changed by +5',
      'gauge jobs, changed by -3',
      'timing a of 320 + count a +5',
      'set u has the member me; tags k=v',
    ]);
    expect((await live.live.stats()).rules).toEqual({ is: 'both', by: 'recognised' });
  });

  it.each([
    ['seconds', [0.03, 0.03, 0.04, 0.15], true],
    ['slow seconds of one request in twenty', [...Array(38).fill(0.02), 3, 3], true],
    ['nanoseconds', [4e6, 2e7, 9e9], true],
    ['microseconds of long ones', [4e9, 4e9, 4e9], true],
    ['fast milliseconds', [0.2, 0.4, 3], false],
    ['whole milliseconds', [0, 0, 0, 0, 1], false],
    ['whole milliseconds, all of them 0', [0], false],
    ['a cache before a slow route', [0.05, 0.05, 0.05, 40], false],
    ['minutes', [60_000, 600_000], false],
  ])('whether a unit is asked for: %s', async (_name, values, isAsked) => {
    await using live = await startLive();
    await live.send(
      Array(12)
        .fill(`shop.api.request:${values.join(':')}|ms`)
        .join('\n'),
    );
    const [row] = (await live.get('/api/routes')).body.routes as Json[];
    expect(row!.asksUnit ?? false).toBe(isAsked);
  });

  it('a unit, which makes milliseconds of a route, and the question for one', async () => {
    await using live = await startLive({ units: { 'shop.api.request': 's' } });
    const line = 'shop.api.request:0.0005|ms\nyum.api.request:0.0005|ms';
    await live.send(Array(50).fill(line).join('\n'));
    const rows = async () => (await live.get('/api/routes')).body.routes as Json[];
    const row = async (service: string) => (await rows()).find((one) => one.service === service)!;
    expect((await row('shop')).wall.mean).toBeCloseTo(0.5, 9);
    expect(await row('shop')).not.toHaveProperty('asksUnit');
    expect((await row('yum')).asksUnit).toBe(true);
    const give = (body: string, headers = {}) => live.get('/api/units', { method: 'POST', body, headers });
    expect((await give('{"metric":"yum.api.request","unit":"s"}')).status).toBe(200);
    expect((await row('yum')).wall.mean).toBeCloseTo(0.5, 9);
    expect(await row('yum')).not.toHaveProperty('asksUnit');
    const origin = { origin: 'http://evil.example' };
    expect((await give('{"metric":"a","unit":"s"}', origin)).status).toBe(403);
    for (const body of [
      '',
      '[]',
      '{"metric":"a"}',
      '{"metric":"","unit":"s"}',
      '{"metric":"a","unit":"h"}',
    ]) {
      expect((await give(body)).status, body).toBe(400);
    }
  });

  it('custom metrics without what Datadog does not bill', async () => {
    await using live = await startLive();
    await live.send('datadog.dogstatsd.client.metrics:5|c|#client:py\nmine:5|c');
    const { metrics } = (await live.get('/api/metrics')).body;
    expect(metrics.map((one: Json) => [one.name, one.customMetrics])).toEqual([
      ['datadog.dogstatsd.client.metrics', 0],
      ['mine', 1],
    ]);
  });
});
