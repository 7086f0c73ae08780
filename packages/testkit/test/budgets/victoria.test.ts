import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseBudgets } from '../../../routemeter/src/budgets/index.ts';
import { writeYaml } from '../../../routemeter/src/budgets/yaml.ts';
import { grafanaFiles, planOf, prometheusFiles } from '../../../routemeter/src/exports/index.ts';
import { startLive, until } from '../../src/live.ts';
import { debianPrograms } from '../../src/servers/debian.ts';
import {
  startVictoriaMetrics,
  VICTORIA_PROGRAMS,
  type VictoriaMetrics,
} from '../../src/servers/victoria-metrics.ts';

const missing = await debianPrograms(VICTORIA_PROGRAMS);

const budgets = parseBudgets({
  window: '30s',
  minRequests: 10,
  routes: {
    'GET /home': { wall: { p95: 40 }, cpu: { p95: 30 }, errors: '5%' },
    'GET /ranges': { wall: { p95: 40 } },
    'JOB mails/welcome': { wall: { p95: 40 }, errors: '5%' },
  },
});
const plan = planOf(budgets, undefined, 'shop');

describe.skipIf(missing !== null)(`VictoriaMetrics${missing === null ? '' : `: ${missing}`}`, () => {
  const stops: (() => Promise<unknown>)[] = [];
  let victoria: VictoriaMetrics;

  beforeAll(async () => {
    victoria = await startVictoriaMetrics();
    stops.push(() => victoria.stop());
    const live = await startLive();
    stops.push(() => live.stop());
    const socket = createSocket('udp4');
    stops.push(async () => socket.close());
    const tags = '|d|#http_route:/home,http_method:GET';
    const job = '|d|#work_name:mails/welcome,work_kind:job';
    const wall = Array.from({ length: 20 }, (_, i) => (i < 16 ? 15 : 80)).join(':');
    for (let round = 1; round <= 4; round++) {
      const lines = [
        `shop.http.server.request:${wall}${tags},http_status_code:200`,
        `shop.http.server.request.cpu:${wall}${tags}`,
        `shop.messaging.process:${wall}${job},outcome:ok`,
        `shop.messaging.process:${wall}${job},outcome:stalled`,
        `shop.messaging.process.cpu:${wall}${job}`,
      ];
      socket.send(lines.join('\n'), Number(new URL(live.statsd.replace('udp:', 'http:')).port), '127.0.0.1');
      await sleep(1200);
      const text = await (await fetch(`${live.page}/metrics`)).text();
      // A histogram as VictoriaMetrics' own clients make it, beside the one that the live server shows.
      const ranges = `shop_http_server_request_bucket{http_route="/ranges",http_method="GET",vmrange="1.000e+02...1.136e+02"} ${round * 20}
shop_http_server_request_count{http_route="/ranges",http_method="GET"} ${round * 20}
shop_http_server_request_sum{http_route="/ranges",http_method="GET"} ${round * 2100}
`;
      await victoria.importPrometheus(`${text}${ranges}`);
    }
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  test("every panel's query returns data", async () => {
    const { 'grafana-prometheus.json': text = '' } = grafanaFiles(plan, 'victoriametrics', 'tagged');
    const dashboard = JSON.parse(text) as { panels: { title: string; targets: { expr: string }[] }[] };
    // What VictoriaMetrics made itself has no CPU here.
    const panels = dashboard.panels.filter(({ title }) => !title.startsWith('GET /ranges: CPU'));
    expect(panels.length).toBe(2 * 4 + 3 + 2 + 3);
    for (const { expr } of panels.flatMap(({ targets }) => targets)) {
      const query = expr.replaceAll('$__rate_interval', '30s');
      const answer = await until(
        () => victoria.query(query),
        (series) => series.length > 0,
      );
      expect(answer, query).not.toEqual([]);
    }
  });

  test('the rules tell what is over its limit, from either kind of bucket', async () => {
    const { 'routemeter.rules.yml': rules = '' } = prometheusFiles(plan, 'victoriametrics', writeYaml);
    const recorded = new Map(
      [...rules.matchAll(/record: (\S+)\n +expr: (.+)/g)].map(([, name, expr]) => [name!, expr!]),
    );
    const value = async (name: string, route: string) => {
      const series = await victoria.query(recorded.get(name)!);
      return Number(series.find(({ metric }) => metric.http_route === route)?.value[1]);
    };
    const p95 = 'http_route:shop_http_server_request:p95_30s';
    // The bucket of 80 ms reaches from 50 to 100.
    expect(await value(p95, '/home')).toBeGreaterThan(50);
    expect(await value(p95, '/home')).toBeLessThanOrEqual(100);
    expect(await value(p95, '/ranges')).toBeGreaterThanOrEqual(100);
    expect(await value(p95, '/ranges')).toBeLessThanOrEqual(113.6);
    expect(await value('http_route:shop_http_server_request:count_30s', '/home')).toBeGreaterThanOrEqual(40);
    expect(await value('http_route:shop_http_server_request:errors_30s', '/home')).toBe(0);
    const [job] = await victoria.query(recorded.get('work_name:shop_messaging_process:errors_30s')!);
    expect(job!.metric).toMatchObject({ work_name: 'mails/welcome', work_kind: 'job' });
    expect(Number(job!.value[1])).toBeCloseTo(0.5);
  });
});
