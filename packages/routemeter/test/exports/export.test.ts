import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';

const folder = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BUDGETS = `routes:
  GET /users/*:
    wall: { p95: 250ms, p99: 1s }
    cpu: { p95: 40ms }
    severity: critical
  GET /home:
    errors: 1%
    blocks: { load feed: { wall: { p95: 80ms } } }
blocks:
  db.*: { wall: { p99: 50ms } }
`;
const ROUTES = [
  {
    metric: 'shop.http.server.request',
    service: 'shop',
    method: 'GET',
    route: '/users/:id',
    blocks: ['db.find'],
  },
  {
    metric: 'shop.http.server.request',
    service: 'shop',
    method: 'GET',
    route: '/home',
    blocks: ['load feed', 'db.find'],
  },
  { metric: 'shop.http.server.request', service: 'shop', method: 'POST', route: '/report' },
];

beforeAll(() => {
  writeFileSync(join(folder, 'b.yaml'), BUDGETS);
  writeFileSync(join(folder, 'routes.json'), JSON.stringify({ window: 60, routes: ROUTES }));
  writeFileSync(join(folder, 'reversed.json'), JSON.stringify({ routes: [...ROUTES].reverse() }));
});

let runs = 0;
async function run(...args: string[]): Promise<Record<string, string>> {
  const out = join(folder, `out${runs++}`);
  let printed = '';
  const code = await exportCommand([...args, '--budgets', join(folder, 'b.yaml'), '--out', out], (text) => {
    printed += text;
  });
  expect(code).toBe(0);
  const names = readdirSync(out);
  expect(printed.trim().split('\n').sort()).toEqual(names.map((name) => join(out, name)).sort());
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name), 'utf8')]));
}

const routes = ['--routes', join(folder, 'routes.json')];

describe('routemeter export', () => {
  test.for([
    ['datadog', []],
    ['prometheus', []],
    ['prometheus', ['--source', 'statsd_exporter']],
    ['grafana', []],
    ['grafana', ['--graphite-names', 'plain', '--source', 'victoriametrics']],
  ] as [string, string[]][])(
    '%s %s: the same input gives the same files, in whatever order',
    async ([kind, more]) => {
      const one = await run(kind, ...routes, ...more);
      const other = await run(kind, '--routes', join(folder, 'reversed.json'), ...more);
      expect(other).toEqual(one);
      for (const text of Object.values(one)) expect(text.endsWith('\n')).toBe(true);
    },
  );

  test('every limit becomes one Datadog monitor, for each route that its glob matches', async () => {
    const { 'monitors.json': monitors = '', 'main.tf': terraform = '' } = await run('datadog', ...routes);
    const queries = (JSON.parse(monitors) as { query: string }[]).map(({ query }) => query);
    const users = 'http_route:/users/:id,http_method:get';
    const home = 'shop.http.server.request{http_route:/home,http_method:get';
    expect(queries.sort()).toEqual(
      [
        `percentile(last_5m):p95:shop.http.server.request{${users}} > 250`,
        `percentile(last_5m):p99:shop.http.server.request{${users}} > 1000`,
        `percentile(last_5m):p95:shop.http.server.request.cpu{${users}} > 40`,
        `sum(last_5m):count:${home},http_status_code:5*}.as_count() / count:${home}}.as_count() > 0.01`,
        'percentile(last_5m):p95:shop.load_feed{http_route:/home,http_method:get} > 80',
        'percentile(last_5m):p99:shop.db.find{*} > 50',
      ].sort(),
    );
    for (const query of queries)
      expect(terraform).toContain(`query               = ${JSON.stringify(query)}\n`);
    expect(terraform.match(/resource "datadog_monitor"/g)).toHaveLength(queries.length);
  });

  test('Prometheus: a recording and an alert for each limit; minimal traffic is part of it', async () => {
    const { 'routemeter.rules.yml': rules = '' } = await run('prometheus', ...routes);
    expect(rules).toContain(
      'record: http_route:shop_http_server_request:p95_5m\n        expr: histogram_quantile(0.95, sum by (http_route, http_method, le) (rate(shop_http_server_request_bucket[5m])))\n',
    );
    expect(rules).toContain(
      'expr: http_route:shop_http_server_request:p95_5m{http_route="/users/:id", http_method="GET"} > 250 and on (http_route, http_method) http_route:shop_http_server_request:count_5m{http_route="/users/:id", http_method="GET"} >= 100\n',
    );
    expect(rules.match(/alert: /g)).toHaveLength(6);
    const exporter = await run('prometheus', ...routes, '--source', 'statsd_exporter');
    expect(exporter['routemeter.rules.yml']).toContain('expr: 1000 * histogram_quantile(0.95,');
    // Seconds, with a bucket at every limit.
    for (const limit of [0.25, 1, 0.04, 0.08, 0.05])
      expect(exporter['statsd_mapping.yml']).toContain(`- ${limit}\n`);
  });

  test('without known routes those that are spelled out are taken; a glob is told', async () => {
    writeFileSync(join(folder, 'plain.yaml'), 'routes:\n  GET /home: { wall: { p95: 1s } }\n');
    const files = await run('datadog', '--prefix', 'shop', '--budgets', join(folder, 'b.yaml')).catch(
      (error) => error,
    );
    expect(String(files)).toContain(
      'b.yaml:2:3: "GET /users/*" matches no route that is spelled out; give the routes with --routes, or method and template in full',
    );
    const out = join(folder, 'plain');
    await exportCommand(
      ['datadog', '--prefix', 'shop.', '--budgets', join(folder, 'plain.yaml'), '--out', out],
      () => {},
    );
    expect(readFileSync(join(out, 'monitors.json'), 'utf8')).toContain(
      '"percentile(last_5m):p95:shop.http.server.request{http_route:/home,http_method:get} > 1000"',
    );
  });

  test('what is written in templates of others stays text', async () => {
    const hostile = `/a/{{.X}}/$${'{b}'}/%{c}"\\n`;
    writeFileSync(join(folder, 'h.json'), JSON.stringify({ routes: [{ method: 'GET', route: hostile }] }));
    writeFileSync(
      join(folder, 'h.json.budgets.json'),
      JSON.stringify({ routes: { [`GET ${hostile}`]: { errors: 0 } } }),
    );
    const out = join(folder, 'hostile');
    const args = [
      '--routes',
      join(folder, 'h.json'),
      '--budgets',
      join(folder, 'h.json.budgets.json'),
      '--out',
      out,
    ];
    await exportCommand(['datadog', ...args], () => {});
    await exportCommand(['prometheus', ...args], () => {});
    const terraform = readFileSync(join(out, 'main.tf'), 'utf8');
    expect(terraform).toContain(`$$${'{b}'}/%%{c}`);
    const rules = readFileSync(join(out, 'routemeter.rules.yml'), 'utf8');
    expect(rules).toContain('{{"{{"}}.X}}');
  });

  test('a bad command line is one line with its remedy', async () => {
    const fail = (...args: string[]) => expect(exportCommand(args, () => {})).rejects;
    await fail().toThrow('export: say what to make, one of datadog, prometheus, grafana');
    await fail('graphana').toThrow('did you mean "grafana"?');
    await fail('grafana', '--colour').toThrow("export: Unknown option '--colour'");
    await fail('prometheus', '--source', 'x').toThrow(
      '--source x is unknown; give one of live, statsd_exporter',
    );
    await fail(
      'datadog',
      '--budgets',
      join(folder, 'plain.yaml'),
      '--routes',
      join(folder, 'none.json'),
    ).toThrow('no routes: ENOENT');
  });
});

describe('limits of upstream calls', () => {
  const budgets = {
    routes: {
      'GET /home': {
        calls: 10,
        wait: '30ms',
        upstreams: {
          'postgresql SELECT users': { calls: 1 },
          'redis GET': { wait: '2ms' },
          'GET ads:8080/v1/:id': { errors: '1%' },
        },
      },
    },
    upstreams: { 'kafka publish orders': { errors: 0 }, 'grpc shop.Cart/Get': { errors: 0 } },
  };

  async function exported(...args: string[]): Promise<Record<string, string>> {
    const file = join(folder, 'calls.json');
    writeFileSync(file, JSON.stringify(budgets));
    const out = join(folder, `calls-${runs++}`);
    expect(
      await exportCommand([...args, '--prefix', 'shop', '--budgets', file, '--out', out], () => {}),
    ).toBe(0);
    return Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]));
  }

  test('Datadog: by the number of requests; a metric that nobody sends counts as 0', async () => {
    const { 'monitors.json': monitors = '', 'dashboard.json': dashboard = '' } = await exported('datadog');
    const queries = (JSON.parse(monitors) as { query: string }[]).map(({ query }) => query);
    const home = 'http_route:/home,http_method:get';
    const part = (stat: string, metric: string, more = '') =>
      `default_zero(${stat}:shop.${metric}{${home}${more}}.as_count())`;
    const all = [
      'http.client.request',
      'db.client.operation',
      'messaging.client.operation',
      'rpc.client.call',
    ];
    const sum = (stat: string, leaf: string) => all.map((metric) => part(stat, metric + leaf)).join(' + ');
    const per = `/ count:shop.http.server.request{${home}}.as_count()`;
    const failing = (metric: string, tags: string) =>
      `sum(last_5m):count:shop.${metric}{${tags},error_type:*}.as_count() / count:shop.${metric}{${tags}}.as_count()`;
    expect(queries.sort()).toEqual(
      [
        `sum(last_5m):(${sum('count', '')}) ${per} > 10`,
        `sum(last_5m):(${sum('sum', '.wait')}) ${per} > 30`,
        `sum(last_5m):(${part('count', all[1]!, ',db_system_name:postgresql,db_query_summary:select_users')}) ${per} > 1`,
        `sum(last_5m):(${part('sum', `${all[1]}.wait`, ',db_system_name:redis,db_operation_name:get,!db_query_summary:get_*')}) ${per} > 2`,
        `${failing(all[0]!, `${home},http_request_method:get,server_address:ads:8080,url_template:/v1/:id`)} > 0.01`,
        `${failing(all[2]!, 'messaging_system:kafka,messaging_operation_name:publish,messaging_destination_name:orders')} > 0`,
        `${failing(all[3]!, 'rpc_system:grpc,rpc_method:shop.cart/get')} > 0`,
      ].sort(),
    );
    expect(dashboard).toContain('"title": "GET /home: calls per request"');
    expect(monitors).toContain('Values are in calls per request');
  });

  test('Prometheus: over all metrics of calls, or the one of an upstream', async () => {
    const { 'routemeter.rules.yml': rules = '' } = await exported(
      'prometheus',
      '--source',
      'statsd_exporter',
    );
    const names =
      'shop_http_client_request|shop_db_client_operation|shop_messaging_client_operation|shop_rpc_client_call';
    expect(rules).toContain(`rate({__name__=~"(${names})_count"}[5m])`);
    expect(rules).toMatch(/record: http_route:shop_http_server_request:wait_5m\n +expr: 1000 \* \(/);
    expect(rules).toContain(
      'http_route:shop_http_server_request:calls_5m{http_route="/home", http_method="GET"} > 10 and on (http_route, http_method) http_route:shop_http_server_request:count_5m',
    );
    expect(rules).toContain('db_system_name="redis", db_operation_name="GET", db_query_summary!~".* .*"');
    expect(rules).toContain('rpc_method="shop.Cart/Get", error_type!=""');
    expect(rules.match(/alert: /g)).toHaveLength(7);
  });

  test('Grafana draws the limits of calls and waits', async () => {
    const { 'grafana-prometheus.json': dashboard = '' } = await exported('grafana');
    const { panels } = JSON.parse(dashboard) as {
      panels: Array<{ title: string; fieldConfig: { defaults: { thresholds: { steps: object[] } } } }>;
    };
    const limits = panels.map(({ title, fieldConfig }) => [title, fieldConfig.defaults.thresholds.steps[1]]);
    expect(limits).toContainEqual(['GET /home: calls per request', { color: 'orange', value: 10 }]);
    expect(limits).toContainEqual(['GET /home: wait per request', { color: 'orange', value: 30 }]);
  });
});
