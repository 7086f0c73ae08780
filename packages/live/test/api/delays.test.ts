import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, startLive } from '../helpers.ts';

const HELLO = 'http_route:/hello,http_method:GET';
const REPORTS = 'http_route:/reports,http_method:POST';
const BY_REPORTS = 'culprit_kind:request,culprit_route:/reports,culprit_method:POST';
const BY_HELLO = 'culprit_kind:request,culprit_route:/hello,culprit_method:GET';
const OUTSIDE = 'culprit_kind:outside,culprit_route:outside';

let live: Awaited<ReturnType<typeof startLive>>;
beforeAll(async () => {
  live = await startLive();
  await live.send(
    [
      `shop.http.server.request:0.2:0.2:0.2:0.2|d|#${HELLO},http_status_code:200`,
      `shop.http.server.request.loop_busy:0:0:0:0.4|d|#${HELLO}`,
      // One of four came with a new connection.
      `shop.http.server.request.queued:9:3:0|d|#${HELLO}`,
      `shop.http.server.request.client:9.2:3.2:0.2|d|#${HELLO}`,
      `shop.http.server.request.delayed:0:0:0:2|d|#${HELLO}`,
      `shop.http.server.delay:9|c|#${HELLO},delay:queued,${BY_REPORTS}`,
      `shop.http.server.delay:1.5|c|#${HELLO},delay:queued,${BY_HELLO}`,
      `shop.http.server.delay:1|c|#${HELLO},delay:queued,culprit_kind:crowd,culprit_route:crowd`,
      `shop.http.server.delay:0.5|c|#${HELLO},delay:queued,${OUTSIDE}`,
      `shop.http.server.delay:2|c|#${HELLO},delay:delayed,${BY_REPORTS}`,
      `shop.http.server.request:30|d|#${REPORTS},http_status_code:200`,
      `shop.http.server.request.queued:1|d|#${REPORTS}`,
      `shop.http.server.request.client:31|d|#${REPORTS}`,
      `shop.http.server.request.delayed:0|d|#${REPORTS}`,
      `shop.http.server.delay:1|c|#${REPORTS},delay:queued,${BY_REPORTS}`,
      `shop.http.server.delay:4|c|#http_route:/slow,http_method:GET,delay:queued,culprit_kind:job,culprit_route:mails/welcome`,
      `other.http.server.request:5|d|#http_route:/plain,http_method:GET,http_status_code:200`,
    ].join('\n'),
  );
});
afterAll(() => live[Symbol.asyncDispose]());

const rowsBy = async () => {
  const { routes } = (await live.get('/api/routes')).body;
  return new Map<string, Json>(routes.map((row: Json) => [row.route, row]));
};

describe('GET /api/routes', () => {
  it('tells latency as clients see it beside wall, and who held the loop', async () => {
    const rows = await rowsBy();
    expect(rows.get('/hello')).toMatchObject({
      queued: { mean: 4, count: 3, max: 9 },
      delayed: { mean: 0.5, count: 4 },
      client: { max: 9.2 },
      heldBy: { kind: 'request', route: '/reports', method: 'POST', mean: 3 },
    });
    expect(rows.get('/hello')!.client.mean).toBeCloseTo(4.2);
  });

  it('knows nothing of applications that tell nothing', async () => {
    const plain = (await rowsBy()).get('/plain')!;
    expect(plain).toMatchObject({ queued: null, delayed: null, client: null });
    expect(plain).not.toHaveProperty('heldBy');
  });
});

describe('GET /api/delays', () => {
  it('tells who kept a route waiting, the longest first', async () => {
    const { body } = await live.get('/api/delays?route=/hello&method=GET');
    expect(body).toMatchObject({
      window: 60,
      requests: 4,
      queued: { mean: 4 },
      delayed: { mean: 0.5 },
      loopBusy: { mean: 0.1 },
      unknown: 1,
    });
    expect(body.culprits).toEqual([
      {
        kind: 'request',
        route: '/reports',
        method: 'POST',
        queued: { mean: 3, total: 9 },
        delayed: { mean: 0.5, total: 2 },
        share: 11 / 14,
        own: false,
      },
      {
        kind: 'request',
        route: '/hello',
        method: 'GET',
        queued: { mean: 0.5, total: 1.5 },
        delayed: { mean: 0, total: 0 },
        share: 1.5 / 14,
        own: true,
      },
      {
        kind: 'crowd',
        route: null,
        method: null,
        queued: { mean: 1 / 3, total: 1 },
        delayed: { mean: 0, total: 0 },
        share: 1 / 14,
        own: false,
      },
      {
        kind: 'outside',
        route: null,
        method: null,
        queued: { mean: 0.5 / 3, total: 0.5 },
        delayed: { mean: 0, total: 0 },
        share: 0.5 / 14,
        own: false,
      },
    ]);
  });

  it('tells the other way round whom a culprit kept waiting', async () => {
    const { victims } = (await live.get('/api/delays?culprit=/reports&method=POST')).body;
    expect(victims).toEqual([
      {
        service: 'shop',
        route: '/hello',
        method: 'GET',
        queued: { mean: 3, total: 9 },
        delayed: { mean: 0.5, total: 2 },
        share: 11 / 12,
        own: false,
      },
      {
        service: 'shop',
        route: '/reports',
        method: 'POST',
        queued: { mean: 1, total: 1 },
        delayed: { mean: 0, total: 0 },
        share: 1 / 12,
        own: true,
      },
    ]);
    const outside = (await live.get('/api/delays?culprit=outside&kind=outside')).body.victims;
    expect(outside.map(({ route }: Json) => route)).toEqual(['/hello']);
    const job = (await live.get('/api/delays?culprit=mails/welcome&method=JOB')).body.victims;
    expect(job.map(({ route, own }: Json) => [route, own])).toEqual([['/slow', false]]);
  });

  it('names other work by the label of its kind', async () => {
    const { culprits } = (await live.get('/api/delays?route=/slow&method=GET')).body;
    expect(culprits).toMatchObject([{ kind: 'job', route: 'mails/welcome', method: 'JOB', share: 1 }]);
  });

  it('keeps services and methods apart, and answers a route that waits for nobody', async () => {
    const none = (await live.get('/api/delays?route=/hello&method=GET&service=other')).body;
    expect(none).toMatchObject({ requests: 0, queued: null, unknown: null, culprits: [] });
    expect((await live.get('/api/delays?culprit=/reports&method=GET')).body.victims).toEqual([]);
    expect((await live.get('/api/delays?culprit=/reports&service=other')).body.victims).toEqual([]);
    expect((await live.get('/api/delays?method=GET')).status).toBe(400);
    expect((await live.get('/api/delays?culprit=')).status).toBe(400);
  });
});
