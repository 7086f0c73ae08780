import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { createMeter } from '../../src/create-meter.ts';
import { CaptureSink } from '../../src/outputs/index.ts';

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

describe('units of work that are no requests', () => {
  const metric = 'shop.messaging.process';
  const known = [
    { metric: 'shop.http.server.request', method: 'POST', route: '/orders', blocks: ['render'] },
    { metric, kind: 'job', method: 'JOB', route: 'mails/welcome', blocks: ['render'] },
    { metric, kind: 'message', method: 'MSG', route: 'orders' },
    { metric: 'shop.work.run', kind: 'cron', method: 'CRON', route: 'nightly report' },
    { metric: 'shop.rpc.server.call', kind: 'rpc', method: 'RPC', route: '/shop.Cart/Get' },
  ];
  const budgets = {
    routes: {
      'POST /orders': { errors: '1%' },
      'JOB mails/*': {
        wall: { p95: 250 },
        queued: { p95: '5s' },
        errors: '1%',
        calls: 10,
        blocks: { render: { wall: { p95: 20 } } },
        upstreams: { 'redis GET': { calls: 1 } },
      },
      'CRON nightly report': { cpu: { p99: '10s' } },
      'RPC **': { errors: 0 },
    },
    blocks: { render: { wall: { p99: 50 } } },
  };

  async function exported(limits: object, ...args: string[]): Promise<Record<string, string>> {
    const file = join(folder, `units-${runs}.json`);
    writeFileSync(file, JSON.stringify(limits));
    const out = join(folder, `units-${runs++}`);
    expect(await exportCommand([...args, '--budgets', file, '--out', out], () => {})).toBe(0);
    return Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]));
  }

  const table = (): string => {
    const file = join(folder, 'units.json');
    const upstreams = known.map((one) =>
      one.method === 'JOB' ? { ...one, upstreams: ['redis GET'], cpuRemote: { mean: 4 } } : one,
    );
    writeFileSync(file, JSON.stringify({ routes: upstreams }));
    return file;
  };
  const job = 'work_name:mails/welcome,work_kind:job';

  test('Datadog: by name and kind; errors are outcomes', async () => {
    const { 'monitors.json': monitors = '', 'dashboard.json': dashboard = '' } = await exported(
      budgets,
      'datadog',
      '--routes',
      table(),
    );
    const queries = (JSON.parse(monitors) as { query: string }[]).map(({ query }) => query);
    const failed = (of: string, tags: string) =>
      `(${['error', 'stalled'].map((outcome) => `default_zero(count:${of}{${tags},outcome:${outcome}}.as_count())`).join(' + ')})`;
    const rpc = 'work_name:/shop.cart/get,work_kind:rpc';
    expect(queries).toEqual(
      expect.arrayContaining([
        `percentile(last_5m):p95:${metric}{${job}} > 250`,
        `percentile(last_5m):p95:${metric}.queued{${job}} > 5000`,
        `sum(last_5m):${failed(metric, job)} / count:${metric}{${job}}.as_count() > 0.01`,
        `percentile(last_5m):p95:shop.render{${job}} > 20`,
        `percentile(last_5m):p99:shop.work.run.cpu{work_name:nightly_report,work_kind:cron} > 10000`,
        `sum(last_5m):${failed('shop.rpc.server.call', rpc)} / count:shop.rpc.server.call{${rpc}}.as_count() > 0`,
      ]),
    );
    // What routes and jobs have in common is bounded once.
    expect(queries.filter((query) => query.includes('shop.render{*}'))).toHaveLength(1);
    expect(queries).toHaveLength(10);
    expect(dashboard).toContain(`count:${metric}{*} by {work_name,work_kind}.as_rate()`);
    expect(dashboard).toContain(`count:${metric}{outcome:stalled} by {work_name,work_kind}.as_rate()`);
    // Of those for which other threads work, and of no other.
    expect(dashboard.match(/[\w.]+cpu_remote{.*?rate\(\)/g)).toEqual([
      'shop.messaging.cpu_remote{*} by {work_name,work_kind}.as_rate()',
    ]);
    expect(dashboard).toContain('"title": "JOB mails/welcome: queued, ms"');
    expect(dashboard).toContain('count:shop.http.server.request{*} by {http_route,http_method}.as_rate()');
  });

  test('Prometheus: labels, recordings and alerts of their own', async () => {
    const files = await exported(budgets, 'prometheus', '--routes', table(), '--source', 'statsd_exporter');
    const rules = files['routemeter.rules.yml']!;
    expect(rules).toContain(
      'record: work_name:shop_messaging_process:p95_5m\n        expr: 1000 * histogram_quantile(0.95, sum by (work_name, work_kind, le) (rate(shop_messaging_process_bucket[5m])))\n',
    );
    expect(rules).toContain(
      'expr: work_name:shop_messaging_process:p95_5m{work_name="mails/welcome", work_kind="job"} > 250 and on (work_name, work_kind) work_name:shop_messaging_process:count_5m{work_name="mails/welcome", work_kind="job"} >= 100\n',
    );
    expect(rules).toContain(
      'sum by (work_name, work_kind) (rate(shop_messaging_process_count{outcome=~"error|stalled"}[5m]))',
    );
    expect(rules).toContain(
      'sum by (http_route, http_method) (rate(shop_http_server_request_count{http_status_code=~"5.."}[5m])',
    );
    expect(rules.match(/alert: /g)).toHaveLength(10);
    expect(files['statsd_mapping.yml']).toContain('match: shop.messaging.process\n');
    expect(files['statsd_mapping.yml']).toContain('match: shop.work.run\n');
  });

  test('Grafana: drawn with their limits; in Graphite by the names that are sent without tags', async () => {
    const files = await exported(budgets, 'grafana', '--routes', table(), '--graphite-names', 'plain');
    const titles = (text: string) =>
      (JSON.parse(text) as { panels: { title: string }[] }).panels.map(({ title }) => title);
    expect(titles(files['grafana-prometheus.json']!)).toEqual(
      expect.arrayContaining([
        'Runs per second (shop.messaging.process)',
        'p95 by unit (shop.work.run)',
        'Requests per second (shop.http.server.request)',
        'JOB mails/welcome: queued',
        'JOB mails/welcome: calls per run',
        'CRON nightly report: CPU time',
      ]),
    );
    expect(files['grafana-prometheus.json']!.match(/sum by [^"]*cpu_remote[^"]*/g)).toEqual([
      'sum by (work_name, work_kind) (rate(shop_messaging_cpu_remote_total[$__rate_interval])) / 1000',
    ]);
    expect(files['grafana-prometheus.json']).toContain('"legendFormat": "{{work_kind}} {{work_name}}"');

    const sink = new CaptureSink();
    const meter = createMeter({ prefix: 'shop', server: 'statsd', sink });
    meter.work('welcome', () => {}, { kind: 'job', system: 'bullmq', destination: 'mails' });
    meter.work('nightly report', () => {}, { kind: 'cron' });
    await meter.close();
    const sent = sink.lines.map((line) => line.slice(0, line.indexOf(':')));
    const asked = [...files['grafana-graphite.json']!.matchAll(/maxSeries\(([^)]+)\)/g)]
      .map(([, paths]) => paths!.split(', ').map((path) => path.replace(/^stats\.timers\.|\.median$/g, '')))
      .filter(([path]) => /(?:welcome|nightly).*(?:wall|cpu)$/.test(path!));
    expect(asked).toHaveLength(4);
    for (const paths of asked) {
      const found = paths.flatMap((path) => {
        const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '\\w+')}$`);
        return sent.filter((name) => pattern.test(name));
      });
      expect(found, `${paths} of ${sent}`).toHaveLength(1);
    }

    const tagged = await exported(budgets, 'grafana', '--routes', table());
    expect(tagged['grafana-graphite.json']).toContain("'work_name=mails-welcome', 'work_kind=job'");
    expect(tagged['grafana-graphite.json']).toContain("'work_kind', 'work_name')");
  });

  test('those that are spelled out need no table', async () => {
    const spelled = {
      routes: { 'JOB mails/welcome': { errors: '1%' }, 'WORK import': { wall: { p95: 10 } } },
    };
    const { 'monitors.json': monitors = '' } = await exported(spelled, 'datadog', '--prefix', 'shop');
    expect(monitors).toContain(`count:${metric}{${job}}.as_count()`);
    expect(monitors).toContain('p95:shop.work.run{work_name:import,work_kind:work} > 10');
  });

  test('a running live server tells them, with their blocks and calls', async () => {
    const answers: Record<string, object> = {
      '/api/routes': { routes: known.map(({ blocks: _, ...one }) => one) },
      '/api/blocks': { blocks: [{ name: 'shop.render' }] },
      '/api/calls': { calls: [{ name: 'redis GET' }] },
    };
    const asked: string[] = [];
    const server = createServer((req, res) => {
      const { pathname, searchParams } = new URL(req.url!, 'http://x');
      asked.push(`${pathname} ${searchParams.get('method')} ${searchParams.get('route')}`);
      res.end(JSON.stringify(answers[pathname]));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const files = await exported(budgets, 'datadog', '--routes', `http://127.0.0.1:${port}`);
    server.close();
    expect(files['monitors.json']).toContain(`p95:shop.render{${job}} > 20`);
    expect(asked).toContain('/api/blocks JOB mails/welcome');
  });
});
