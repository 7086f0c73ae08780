import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportCommand } from '../../../routemeter/src/cli/export.ts';
import { type Live, startLive, until } from '../../src/live.ts';
import { debianPrograms } from '../../src/servers/debian.ts';
import type { Program } from '../../src/servers/program.ts';
import {
  checkRules,
  PROMETHEUS_PROGRAMS,
  type Prometheus,
  startAlertmanager,
  startPrometheus,
} from '../../src/servers/prometheus.ts';
import { HOME, HOME_ENV, HOME_LISTENS, reportLimit, Traffic } from './home.ts';

const missing = await debianPrograms(PROMETHEUS_PROGRAMS);

/** A day of reports takes a few milliseconds, ninety take far more than the limit. */
const budgetsOf = (limit: number) => `window: 5s
minRequests: 10
severity: critical
routes:
  POST /reports:
    wall: { p95: ${limit}ms }
    blocks:
      report.*: { wall: { p99: 10s } }
  GET /users/*:
    cpu: { p95: 10s }
    errors: 50%
blocks:
  report.collect: { wall: { p50: 10s } }
`;

interface Notification {
  status: 'firing' | 'resolved';
  alerts: { labels: Record<string, string>; annotations: Record<string, string> }[];
}

describe.skipIf(missing !== null)(
  `Prometheus and Alertmanager${missing === null ? '' : `: ${missing}`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'routemeter-rules-'));
    const budgets = join(folder, 'routemeter.budgets.yaml');
    const rules = join(folder, 'routemeter.rules.yml');
    const notes: Notification[] = [];
    const stops: (() => Promise<unknown>)[] = [];
    let live: Live;
    let prometheus: Prometheus;
    let traffic: Traffic;
    let limit: number;

    beforeAll(async () => {
      limit = await reportLimit();
      writeFileSync(budgets, budgetsOf(limit));
      live = await startLive(HOME, { env: { ...HOME_ENV, ROUTEMETER_LIVE_BUDGETS: budgets } });
      stops.push(() => live.stop());
      const [, app] = await live.printed.find(HOME_LISTENS);
      traffic = new Traffic([app!]);
      stops.push(() => traffic.stop());
      await until(
        () => live.get('/api/routes'),
        ({ routes }) => routes.length >= 3 && routes.every((one: { cpu: unknown }) => one.cpu !== null),
      );
      for (const kind of ['prometheus', 'grafana']) {
        await exportCommand([kind, '--budgets', budgets, '--routes', live.page, '--out', folder], () => {});
      }
      const hook = createServer(async (req, res) => {
        let text = '';
        for await (const chunk of req) text += chunk;
        notes.push(JSON.parse(text));
        res.end();
      }).listen(0, '127.0.0.1');
      await once(hook, 'listening');
      stops.push(async () => hook.close());
      const manager: Program & { port: number } = await startAlertmanager(
        `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
      );
      stops.push(() => manager.stop());
      prometheus = await startPrometheus({
        targets: [new URL(live.page).host],
        rules: [rules],
        alertmanagerPort: manager.port,
      });
      stops.push(() => prometheus.stop());
    });

    afterAll(async () => {
      for (const stop of stops.reverse()) await stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test('promtool finds nothing wrong with the rules', async () => {
      expect(await checkRules(rules)).toContain('SUCCESS');
    });

    test("every panel's query returns data", { timeout: 60_000 }, async () => {
      const dashboard = JSON.parse(readFileSync(join(folder, 'grafana-prometheus.json'), 'utf8'));
      const queries: string[] = dashboard.panels.flatMap((panel: { targets: { expr: string }[] }) =>
        panel.targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '10s')),
      );
      expect(queries.length).toBeGreaterThan(10);
      for (const query of queries) {
        const answer = await until(
          () => prometheus.query(query),
          (series) => series.length > 0 && series.every(({ value }) => Number.isFinite(Number(value[1]))),
          15_000,
        );
        expect(answer, query).not.toEqual([]);
        for (const { value } of answer) expect(Number(value[1]), query).toBeGreaterThanOrEqual(0);
      }
    });

    test('every recording rule has data, and what they say is what the live server says', {
      timeout: 60_000,
    }, async () => {
      const records = [...readFileSync(rules, 'utf8').matchAll(/record: (\S+)/g)].map(([, name]) => name!);
      expect(records.length).toBeGreaterThan(6);
      for (const record of records) {
        const answer = await until(
          () => prometheus.query(record),
          (series) => series.length > 0,
        );
        expect(answer, record).not.toEqual([]);
      }
      const { limits } = await live.get('/api/budgets');
      const own = limits.find((one: { measure: string }) => one.measure === 'wall p95');
      const [recorded] = await prometheus.query(
        'http_route:http_server_request:p95_5s{http_route="/reports"}',
      );
      // Buckets are coarse: the same bucket is all that can be asked for.
      expect(Number(recorded!.value[1]) <= limit).toBe(own.value <= limit);
    });

    test('a breach fires into Alertmanager and reaches the webhook; recovery resolves it', {
      timeout: 90_000,
    }, async () => {
      expect(await prometheus.alerts()).toEqual([]);
      expect(notes).toEqual([]);
      traffic.days = 90;
      await until(
        () => notes.length,
        (count) => count > 0,
        40_000,
      );
      expect(notes[0]).toMatchObject({
        status: 'firing',
        alerts: [
          {
            labels: {
              alertname: 'RoutemeterBudgetExceeded',
              http_route: '/reports',
              http_method: 'POST',
              measure: 'wall p95',
              severity: 'critical',
              subject: 'POST /reports',
            },
            annotations: { summary: `POST /reports: wall p95 over ${limit} ms` },
          },
        ],
      });
      expect(notes[0]!.alerts[0]!.annotations.description).toMatch(
        new RegExp(`^POST /reports: wall p95 is [\\d.]+ ms over 5s; the limit is ${limit} ms$`),
      );
      // The live server itself came to the same verdict.
      const over = await until(
        async () =>
          (await live.get('/api/budgets')).limits.filter((one: { state: string }) => one.state === 'over'),
        (limits) => limits.length > 0,
      );
      expect(over.map((one: { measure: string; route: string }) => [one.route, one.measure])).toEqual([
        ['/reports', 'wall p95'],
      ]);
      traffic.days = 1;
      await until(
        () => notes.at(-1)!.status,
        (status) => status === 'resolved',
        40_000,
      );
      expect(notes.map(({ status }) => status)).toEqual(['firing', 'resolved']);
    });
  },
);
