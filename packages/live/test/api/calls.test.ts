import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLive } from '../helpers.ts';

const HOME = 'http_route:/home,http_method:GET';
const USERS = 'http_route:/users/:id,http_method:GET';
const SELECT =
  'db_system_name:postgresql,db_operation_name:SELECT,db_query_summary:SELECT users,server_address:db:5433';
const ADS = 'server_address:ads.internal,http_request_method:GET,http_response_status_code:200';
const FAILED =
  'server_address:ads.internal,http_request_method:GET,http_response_status_code:503,error_type:503';

let live: Awaited<ReturnType<typeof startLive>>;
beforeAll(async () => {
  live = await startLive();
  await live.send(
    [
      `shop.http.server.request:100:60|d|#${HOME},http_status_code:200`,
      `shop.http.server.request.cpu:10:10|d|#${HOME}`,
      `shop.http.server.request.stalled:0:0|d|#${HOME}`,
      `shop.http.server.request.loop_busy:10:0|d|#${HOME}`,
      `shop.http.server.request:20|d|#${USERS},http_status_code:200`,
      // Two requests: 37 queries and 1 in a block, three fetches of which one failed, one publish outside of blocks.
      `shop.db.client.operation:2|d|@0.027027027|#${HOME},${SELECT},block:feed`,
      `shop.db.client.operation:4|d|#${HOME},${SELECT},block:feed`,
      `shop.db.client.operation.wait:37:3|d|#${HOME},${SELECT},block:feed`,
      `shop.db.client.operation.repeated:37:1|d|#${HOME},${SELECT},block:feed`,
      `shop.http.client.request:30:20|d|#${HOME},${ADS},block:ads`,
      `shop.http.client.request:10|d|#${HOME},${FAILED},block:ads`,
      `shop.http.client.request.wait:25:15:10|d|#${HOME},server_address:ads.internal,http_request_method:GET,block:ads`,
      `shop.http.client.request.repeated:2:1|d|#${HOME},server_address:ads.internal,http_request_method:GET,block:ads`,
      `shop.messaging.client.operation:1|d|#${HOME},messaging_system:rabbitmq,messaging_operation_name:publish,messaging_destination_name:orders`,
      `shop.rpc.client.call:5|d|#${USERS},rpc_system:grpc,rpc_method:shop.Stock/Get,server_address:stock:50051`,
      // A worker's, which no request asked for.
      `shop.db.client.operation:9|d|#${SELECT}`,
    ].join('\n'),
  );
});
afterAll(() => live[Symbol.asyncDispose]());

describe('GET /api/calls', () => {
  it('tells what a route asked of others, the most expensive first', async () => {
    const { body } = await live.get('/api/calls?route=/home&method=GET');
    expect(body.requests).toBe(2);
    expect(body.waiting.mean).toBeCloseTo((40 + 50) / 2);
    expect(body.idle.mean).toBeCloseTo(80 - 10 - 5);
    expect(body.calls.map((call: { name: string }) => call.name)).toEqual([
      'GET ads.internal',
      'postgresql SELECT users',
      'rabbitmq publish orders',
    ]);
    const [ads, select, publish] = body.calls;
    expect(ads).toMatchObject({
      kind: 'http',
      system: '',
      peer: 'ads.internal',
      operation: 'GET',
      block: 'ads',
      count: 3,
      perRequest: 1.5,
      errors: 1,
      repeated: { max: 2, mean: 1.5 },
    });
    expect(ads.duration.max).toBe(30);
    expect(ads.wait.mean).toBeCloseTo(50 / 3);
    expect(ads.share).toBeCloseTo(50 / 160);
    expect(select).toMatchObject({
      kind: 'db',
      system: 'postgresql',
      peer: 'db:5433',
      operation: 'SELECT users',
      block: 'feed',
      errors: 0,
      repeated: { max: 37, mean: 19 },
    });
    expect(select.count).toBeCloseTo(38);
    // Of an application that tells no waits.
    expect(publish).toMatchObject({ block: '', wait: null, share: null, repeated: null });
  });

  it('keeps services apart, and answers a route without calls', async () => {
    expect((await live.get('/api/calls?route=/home&method=GET&service=shop')).body.calls).toHaveLength(3);
    expect((await live.get('/api/calls?route=/home&method=GET&service=other')).body).toMatchObject({
      requests: 0,
      calls: [],
      waiting: { mean: null },
      idle: { mean: null },
    });
    expect((await live.get('/api/calls?method=GET')).status).toBe(400);
  });
});

describe('GET /api/upstreams', () => {
  it('tells who is slow, and who asks', async () => {
    const { upstreams } = (await live.get('/api/upstreams')).body;
    expect(upstreams.map((one: { name: string }) => one.name)).toEqual([
      'GET ads.internal',
      'postgresql SELECT users',
      'grpc shop.Stock/Get',
      'rabbitmq publish orders',
    ]);
    const [ads, select, stock] = upstreams;
    expect(ads).toMatchObject({ count: 3, errors: 1, kind: 'http' });
    expect(ads.callers).toHaveLength(1);
    expect(ads.callers[0]).toMatchObject({ service: 'shop', route: '/home', method: 'GET', perRequest: 1.5 });
    expect(ads.callers[0].wait.mean).toBeCloseTo(25);
    expect(select.count).toBeCloseTo(39);
    expect(select.callers.map((one: { route: string | null }) => one.route)).toEqual(['/home', null]);
    expect(select.callers[1]).toMatchObject({ method: null, perRequest: null, wait: null, share: null });
    expect(stock).toMatchObject({ system: 'grpc', peer: 'stock:50051', wait: null });
  });
});

describe('GET /api/routes', () => {
  it('splits what a route waits for by upstream', async () => {
    const { routes } = (await live.get('/api/routes')).body;
    const home = routes.find((row: { route: string }) => row.route === '/home');
    expect(home.waits).toEqual([
      { name: 'ads.internal', mean: 25 },
      { name: 'postgresql', mean: 20 },
    ]);
    expect(routes.find((row: { route: string }) => row.route === '/users/:id').waits).toBeUndefined();
  });

  it('takes no call for a block of code', async () => {
    expect((await live.get('/api/blocks?route=/home&method=GET')).body.blocks).toEqual([]);
  });
});

it('names five upstreams of a route, and the rest as one', async () => {
  await using other = await startLive();
  const peers = Array.from({ length: 8 }, (_, i) => `db_system_name:system${i},db_operation_name:GET`);
  await other.send(
    [
      `http.server.request:100|d|#${HOME}`,
      ...peers.map((tags, i) => `db.client.operation.wait:${i + 1}|d|#${HOME},${tags}`),
    ].join('\n'),
  );
  const { routes } = (await other.get('/api/routes')).body;
  expect(routes[0].waits).toEqual([
    ...[7, 6, 5, 4, 3].map((i) => ({ name: `system${i}`, mean: i + 1 })),
    { name: null, mean: 6 },
  ]);
});

it('keeps at most fifty callers of an upstream, those that wait most', async () => {
  await using other = await startLive();
  const lines = Array.from({ length: 60 }, (_, i) => {
    const tags = `http_route:/r${i},http_method:GET`;
    return [
      `http.server.request:100|d|#${tags}`,
      `db.client.operation:5|d|#${tags},db_system_name:redis,db_operation_name:GET`,
      `db.client.operation.wait:${i + 1}|d|#${tags},db_system_name:redis,db_operation_name:GET`,
    ].join('\n');
  });
  await other.send(...lines);
  const { upstreams } = (await other.get('/api/upstreams')).body;
  expect(upstreams).toHaveLength(1);
  expect(upstreams[0].callers).toHaveLength(50);
  expect(upstreams[0].callers[0].route).toBe('/r59');
});

it('lists 500 upstreams, and 500 calls of a route, those that cost most, and says how many are left', async () => {
  await using other = await startLive();
  const lines = Array.from({ length: 600 }, (_, i) => {
    const tags = `${HOME},db_system_name:redis,db_operation_name:OP${i}`;
    return `db.client.operation:5|d|#${tags}\ndb.client.operation.wait:${i + 1}|d|#${tags}`;
  });
  await other.send(`http.server.request:100|d|#${HOME}`, ...lines);
  for (const path of ['/api/upstreams', '/api/calls?route=/home&method=GET']) {
    const { upstreams, calls = upstreams, more } = (await other.get(path)).body;
    expect(calls).toHaveLength(500);
    expect(more).toBe(100);
    expect(calls[0].operation).toBe('OP599');
    expect(calls.at(-1).operation).toBe('OP100');
  }
});

it('takes any text for the name of a call, a service and a route', async () => {
  await using other = await startLive();
  const texts = [
    '__proto__',
    'constructor',
    '"quoted"',
    '<b>',
    '{}',
    '\u202E',
    'a b',
    '["x"]',
    'x'.repeat(3000),
  ];
  for (const text of texts) {
    const own = `service:${text},http_route:${text},http_method:GET`;
    const tags = `${own},server_address:${text},http_request_method:${text},__proto__:${text}`;
    await other.send(
      `http.server.request:100|d|#${own}`,
      `http.client.request:5|d|#${tags},error_type:${text}`,
      `http.client.request.wait:5|d|#${tags}`,
    );
  }
  const { upstreams } = (await other.get('/api/upstreams')).body;
  expect(upstreams.map((one: { peer: string }) => one.peer).sort()).toEqual([...texts].sort());
  for (const { peer, errors, wait, callers } of upstreams) {
    expect(errors).toBe(1);
    expect(wait.rate).toBeGreaterThan(0);
    expect(callers).toEqual([
      { service: peer, route: peer, method: 'GET', count: 1, perRequest: 1, wait: { mean: 5 }, share: 0.05 },
    ]);
    const question = new URLSearchParams({ route: peer, method: 'GET', service: peer });
    const { calls } = (await other.get(`/api/calls?${question}`)).body;
    expect(calls).toMatchObject([{ peer, errors: 1, wait: { mean: 5 }, share: 0.05 }]);
  }
});

it("counts a call for the route of methods that are not HTTP's", async () => {
  await using other = await startLive();
  const tags = 'http_route:/a,http_method:other';
  const call = 'db_system_name:redis,db_operation_name:GET';
  await other.send(
    `http.server.request:100:100|d|#${tags}\ndb.client.operation:5|d|#${tags},${call}\ndb.client.operation.wait:5|d|#${tags},${call}`,
  );
  const { upstreams } = (await other.get('/api/upstreams')).body;
  expect(upstreams[0].callers[0]).toMatchObject({ method: 'other', perRequest: 0.5, wait: { mean: 2.5 } });
  expect((await other.get('/api/calls?route=/a&method=other')).body.calls).toHaveLength(1);
});
