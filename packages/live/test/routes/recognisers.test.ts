import { describe, expect, it } from 'vitest';
import { RECOGNISERS } from '../../src/routes/recognisers.ts';
import { type Json, startLive } from '../helpers.ts';

async function rowsOf(lines: string[], routes: string[] = []) {
  await using live = await startLive({ routes });
  await live.send(lines.join('\n'));
  const { body } = await live.get('/api/routes?window=60');
  return body.routes;
}

describe('routes', () => {
  it('of Django: a row for each view, and the statuses of all methods as one row without percentiles', async () => {
    const request = (view: string, method: string, values: string) =>
      [`view.shop.views.${view}.${method}`, `view.shop.views.${method}`, `view.${method}`].map(
        (name) => `web.${name}:${values}|ms`,
      );
    const rows = await rowsOf([
      ...request('home', 'GET', '10:30'),
      ...request('cart', 'POST', '40'),
      'web.response.200:2|c',
      'web.response.500:1|c',
    ]);
    const shown = rows.map(({ service, method, route, count, wall, status, errors }: Json) => [
      ...[service, method, route, count, wall.mean, wall.p95 === null, wall.max, status, errors],
    ]);
    expect(shown).toEqual([
      ['web', '', '(all)', 3, 80 / 3, true, 40, { 200: 2, 500: 1 }, 1],
      ['web', 'GET', 'shop.views.home', 2, 20, false, 30, {}, 0],
      ['web', 'POST', 'shop.views.cart', 1, 40, false, 40, {}, 0],
    ]);
  });

  it('of Django with one method: statuses stand at its total', async () => {
    const views = ['home', 'cart'].map((view) => `view.shop.views.${view}.GET:10|ms`);
    const rows = await rowsOf([
      ...views,
      'view.shop.views.GET:10:10|ms',
      'view.GET:10:10|ms',
      'response.200:2|c',
    ]);
    expect(rows.map(({ route, count, status }: Json) => [route, count, status])).toEqual([
      ['(all)', 2, { 200: 2 }],
      ['shop.views.home', 1, {}],
      ['shop.views.cart', 1, {}],
    ]);
  });

  it('of our own metric: counts, outcomes, companions, under any prefix and service', async () => {
    const tags = 'http_route:/users/:id,http_method:GET';
    const rows = await rowsOf([
      `shop.http.server.request:10:20:30|d|#${tags},http_status_code:200`,
      `shop.http.server.request:100|d|#${tags},http_status_code:503`,
      `shop.http.server.request:5|d|#${tags},http_status_code:200,error:TypeError`,
      `shop.http.server.request:5|d|#${tags},http_status_code:200,error:TypeError,aborted:true`,
      `shop.http.server.request:5|d|#${tags},http_status_code:499,aborted:true`,
      `shop.http.server.request.cpu:2:2:2:2:2:2|d|#${tags}`,
      `shop.http.server.request.stalled:1:1:1:1:1:1|d|#${tags}`,
      `shop.http.server.request.loop_busy:3:3:3:3:3:3|d|#${tags}`,
      `http.server.request:1|ms|#${tags},service:api`,
      `http.server.request:1|ms|#${tags},app:web,http_status_code:200`,
      `http.server.request:1|c|#${tags}`,
    ]);
    expect(rows.map((row: any) => [row.service, row.metric, row.count])).toEqual([
      ['shop', 'shop.http.server.request', 7],
      ['api', 'http.server.request', 1],
      ['web', 'http.server.request', 1],
    ]);
    const [shop, api] = rows;
    expect(shop).toMatchObject({
      route: '/users/:id',
      method: 'GET',
      errors: 2,
      aborted: 2,
      status: { 200: 5, 499: 1, 503: 1 },
      stalled: { mean: 1 },
      loopBusy: { mean: 3 },
    });
    expect(shop.wall.mean).toBeCloseTo(175 / 7, 6);
    expect(shop.wall.max).toBe(100);
    expect(shop.cpu.mean).toBe(2);
    expect(shop.idle.mean).toBeCloseTo(175 / 7 - 6, 6);
    expect(shop.spark).toHaveLength(30);
    expect(shop.spark.at(-1)).toBeGreaterThan(0);
    expect(api).toMatchObject({ cpu: null, stalled: null, loopBusy: null, idle: null });
  });

  it('of OpenTelemetry: seconds in the stable name, unless sent as ms', async () => {
    const rows = await rowsOf([
      'http.server.request.duration:0.25|h|#http.route:/a,http.request.method:GET,http.response.status_code:500',
      'web.http.server.request.duration:250|ms|#http_route:/b,http_request_method:POST,http_response_status_code:200',
      'http.server.duration:250|d|#http.route:/c,http.method:PUT,http.status_code:200,service.name:old',
    ]);
    expect(rows.map((row: any) => [row.service, row.method, row.route, row.wall.mean, row.errors])).toEqual(
      expect.arrayContaining([
        ['', 'GET', '/a', 250, 1],
        ['web', 'POST', '/b', 250, 0],
        ['old', 'PUT', '/c', 250, 0],
      ]),
    );
    expect(rows).toHaveLength(3);
  });

  it('of connect-datadog', async () => {
    const rows = await rowsOf([
      'node.express.router.response_time:12|h|#route:/users/:id,method:get,response_code:200',
      'node.express.router.response_time:14|h|#route:/users/:id,method:get,response_code:502',
      'node.express.router.response_code.200:1|c|#route:/users/:id,method:get,response_code:200',
    ]);
    expect(rows).toMatchObject([
      {
        route: '/users/:id',
        method: 'GET',
        count: 2,
        errors: 1,
        status: { 200: 1, 502: 1 },
        wall: { mean: 13 },
      },
    ]);
  });

  it('of express-hot-shots', async () => {
    const rows = await rowsOf([
      'http.get.users.response_time:12:14|ms',
      'http.get.users.status_code.200:1|c',
      'http.get.users.status_code.500:1|c',
      'response_time:3|ms',
      'status_code.404:1|c',
      'database.response_time:3|ms',
    ]);
    expect(rows).toMatchObject([
      { route: 'users', method: 'GET', count: 2, errors: 1, status: { 200: 1, 500: 1 } },
      { route: '(all)', count: 1, status: { 404: 1 } },
    ]);
    expect(rows).toHaveLength(2);
  });

  it('of metrics per view beside a roll-up', async () => {
    const rows = await rowsOf([
      'yum.users_list:12:14|ms',
      'yum.users_list.cpu:3:3|ms',
      'yum.home:40|ms',
      'yum.api.request:12:14:40|ms',
      'yum.api.request.cpu:3:3|ms',
      'other.thing:1|ms',
    ]);
    expect(rows).toMatchObject([
      { service: 'yum', route: 'home', count: 1, cpu: null },
      { service: 'yum', route: 'users_list', count: 2, wall: { mean: 13 }, cpu: { mean: 3 } },
    ]);
    expect(rows).toHaveLength(2);
    expect(await rowsOf(['yum.api.request:12|ms'])).toMatchObject([{ service: 'yum', route: 'api.request' }]);
  });

  it('of a metric that the user names', async () => {
    const lines = ['my.latency:5|ms|#path:/a,verb:get,code:500', 'your.latency:5|ms|#path:/a'];
    expect(await rowsOf(lines)).toEqual([]);
    expect(await rowsOf(lines, ['my.latency'])).toMatchObject([{ route: '/a', method: 'GET', errors: 1 }]);
  });

  it('come from the example that each recogniser gives', async () => {
    for (const { about, name } of RECOGNISERS) {
      const lines = about.replace(' and the roll-up ', '\n').replace(' and ', '\n').replaceAll(', ', '\n');
      expect(await rowsOf([lines]), name).toHaveLength(1);
    }
  });

  it('keep hostile tag values as they are', async () => {
    const rows = await rowsOf([
      'http.server.request:1|d|#http_route:<img onerror=alert(1)>,http_method:__proto__,http_status_code:__proto__',
    ]);
    expect(rows[0].route).toBe('<img onerror=alert(1)>');
    expect(Object.entries(rows[0].status)).toEqual([['__proto__', 1]]);
  });
});
