import { createMeter } from 'routemeter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routesTable } from '../../src/terminal/routes.ts';
import { type Json, startLive, until } from '../helpers.ts';

const ADS = 'server_address:ads.internal,http_request_method:GET';
const JOB = 'work_name:mails/welcome,work_kind:job';

let live: Awaited<ReturnType<typeof startLive>>;
beforeAll(async () => {
  live = await startLive({
    budgets: {
      routes: {
        'JOB mails/*': {
          wall: { p50: '1ms' },
          calls: 1,
          minRequests: 1,
          blocks: { render: { wall: { p95: '9m' } } },
        },
        'RPC **': { errors: '1%', minRequests: 1 },
      },
    },
  });
  // As the library sends it.
  const meter = createMeter({
    prefix: 'shop',
    url: `udp://127.0.0.1:${live.live.statsdPort}`,
    breakdown: true,
    runtime: false,
  });
  for (let i = 0; i < 20; i++) {
    await meter.work(
      'welcome',
      async (unit) => {
        await meter.time('render', () => new Promise((resolve) => setTimeout(resolve, 5)));
        if (i < 3) unit.setOutcome('retry');
        if (i === 3) unit.setOutcome('stalled');
      },
      { kind: 'job', system: 'bullmq', destination: 'mails' },
    );
    await meter
      .work('Orders/List', () => Promise.reject(new TypeError('x')), { kind: 'rpc' })
      .catch(() => {});
  }
  meter.work('welcome', () => meter.time('render', () => {}), { kind: 'cron' });
  meter.work('read', () => {}, { kind: 'message', system: 'kafka' });
  meter.work('typing', () => {}, { kind: 'socket', system: 'socket.io' });
  meter.work('import', () => {});
  meter.work('query user', () => {}, { kind: 'graphql' });
  await meter.close();
  await live.send(
    [
      'shop.http.server.request:10|d|#http_route:/home,http_method:GET,http_status_code:200',
      `shop.http.client.request:6|d|@0.025|#${JOB},${ADS},block:render`,
      `shop.http.client.request.wait:4|d|@0.025|#${JOB},${ADS},block:render`,
      `shop.http.client.request.repeated:2|d|@0.05|#${JOB},${ADS},block:render`,
      // Of others, who call something of theirs so.
      `shop.messaging.cpu_remote:900|c|#${JOB}`,
      ...['job first', 'POST /a', 'POST /b', 'cron x', 'GET /c', 'GET /d'].map(
        (by, at) =>
          `shop.messaging.process:1|d|@${1 / (9 - at)}|#work_name:second,work_kind:job,outcome:ok,added_by:${by}`,
      ),
      'other.work.run:5|d|#name:x',
      'other.messaging.process:5|d|#work_name:x',
    ].join('\n'),
  );
  await until(async () => (await live.get('/api/routes')).body.routes.length >= 9);
});
afterAll(() => live[Symbol.asyncDispose]());

const routes = async () => (await live.get('/api/routes')).body.routes as Json[];

describe('units of every kind', () => {
  it('stand in /api/routes with their kind, and its label in place of the method', async () => {
    const rows = await routes();
    const told = rows.map(({ kind, method, route, service, metric }) => [
      kind,
      method,
      route,
      service,
      metric,
    ]);
    expect(told.sort()).toEqual([
      ['cron', 'CRON', 'welcome', 'shop', 'shop.work.run'],
      ['graphql', 'GQL', 'query user', 'shop', 'shop.graphql.server.operation'],
      ['job', 'JOB', 'mails/welcome', 'shop', 'shop.messaging.process'],
      ['job', 'JOB', 'second', 'shop', 'shop.messaging.process'],
      ['message', 'MSG', 'read', 'shop', 'shop.messaging.process'],
      ['request', 'GET', '/home', 'shop', 'shop.http.server.request'],
      ['rpc', 'RPC', 'Orders/List', 'shop', 'shop.rpc.server.call'],
      ['socket', 'WS', 'typing', 'shop', 'shop.messaging.process'],
      ['work', 'WORK', 'import', 'shop', 'shop.work.run'],
    ]);
  });

  it('have their parts, their outcomes, and what they wait for', async () => {
    const rows = await routes();
    const job = rows.find(({ route }) => route === 'mails/welcome')!;
    expect(job).toMatchObject({ count: 20, errors: 1, status: { ok: 16, retry: 3, stalled: 1 } });
    expect(job.wall.p50).toBeGreaterThan(3);
    const { cpu, stalled, loopBusy, idle, wall } = job;
    expect(cpu.mean + stalled.mean + loopBusy.mean + idle.mean).toBeCloseTo(wall.mean, 3);
    // Beside the parts, which are the wall time without it.
    expect(job.cpuRemote).toEqual({ mean: 45 });
    expect(rows.filter(({ cpuRemote }) => cpuRemote !== undefined)).toHaveLength(1);
    expect(job.waits).toEqual([{ name: 'ads.internal', mean: 8 }]);
    expect(rows.find(({ kind }) => kind === 'rpc')).toMatchObject({
      count: 20,
      errors: 20,
      status: { error: 20 },
    });
  });

  it('have blocks and calls of their own: a name of another kind is another unit', async () => {
    const blocks = async (query: string) => (await live.get(`/api/blocks?${query}`)).body;
    const job = await blocks('route=mails/welcome&method=JOB');
    expect(job.requests).toBe(20);
    expect(
      job.blocks.map(({ name, count, perRequest }: Record<string, unknown>) => [name, count, perRequest]),
    ).toEqual([['shop.render', 20, 1]]);
    expect((await blocks('route=welcome&method=cron&service=shop')).blocks[0].count).toBe(1);
    expect((await blocks('route=welcome&method=WORK')).blocks).toEqual([]);
    const { body } = await live.get('/api/calls?route=mails/welcome&method=JOB');
    expect(body).toMatchObject({ requests: 20, waiting: { mean: 8 } });
    expect(body.calls).toMatchObject([
      { name: 'GET ads.internal', block: 'render', count: 40, perRequest: 2, repeated: { max: 2, mean: 2 } },
    ]);
    const { upstreams } = (await live.get('/api/upstreams')).body;
    expect(upstreams[0].callers).toMatchObject([{ route: 'mails/welcome', method: 'JOB', perRequest: 2 }]);
  });

  it('tell who added most of them, by label and name', async () => {
    const job = (await routes()).find(({ route }) => route === 'second')!;
    expect(job.count).toBe(9 + 8 + 7 + 6 + 5 + 4);
    expect(job.status).toEqual({ ok: job.count });
    expect(job.addedBy).toEqual([
      { method: 'JOB', route: 'first', count: 9 },
      { method: 'POST', route: '/a', count: 8 },
      { method: 'POST', route: '/b', count: 7 },
      { method: 'CRON', route: 'x', count: 6 },
      { method: 'GET', route: '/c', count: 5 },
    ]);
    expect((await routes()).find(({ route }) => route === 'mails/welcome')).not.toHaveProperty('addedBy');
  });

  it('are held by budgets, by kind and name', async () => {
    let budgets: Array<Record<string, unknown>> = [];
    await until(async () => {
      budgets = (await live.get('/api/budgets')).body.limits;
      return budgets.length >= 4 && budgets.some(({ state }) => state === 'over');
    });
    const told = budgets.map(({ method, route, block, measure, state }) => [
      method,
      route,
      block,
      measure,
      state,
    ]);
    expect(told).toContainEqual(['JOB', 'mails/welcome', null, 'wall p50', 'over']);
    expect(told).toContainEqual(['JOB', 'mails/welcome', null, 'calls', expect.any(String)]);
    expect(told).toContainEqual(['JOB', 'mails/welcome', expect.stringMatching(/render$/), 'wall p95', 'ok']);
    expect(told).toContainEqual(['RPC', 'Orders/List', null, 'errors', 'over']);
    const row = (await routes()).find(({ route }) => route === 'mails/welcome')!;
    expect(row.budget.state).toBe('over');
  });

  it('stand in the table for a terminal', async () => {
    const lines = routesTable((await routes()) as never, { sort: 'time', lines: 10 });
    expect(lines.some((line) => /^JOB\s+mails\/welcome/.test(line))).toBe(true);
    expect(lines[0]).toContain('threads %');
    const others = (await routes()).filter(({ kind }) => kind !== 'job');
    expect(routesTable(others as never, { sort: 'time', lines: 10 })[0]).not.toContain('threads %');
  });
});
