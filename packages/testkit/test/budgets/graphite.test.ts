import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportCommand } from '../../../routemeter/src/cli/export.ts';
import { until } from '../../src/live.ts';
import { debianPrograms } from '../../src/servers/debian.ts';
import { startEtsy } from '../../src/servers/etsy.ts';
import { GRAPHITE_PROGRAMS, type Graphite, startGraphite } from '../../src/servers/graphite.ts';
import { startHome, Traffic } from './home.ts';

const missing = await debianPrograms(GRAPHITE_PROGRAMS);

const BUDGETS = `routes:
  POST /reports: { wall: { p95: 40ms }, cpu: { p99: 1s } }
  GET /users/:id: { wall: { p99: 1s } }
  GET /home: { wall: { p50: 1s } }
`;

describe.skipIf(missing !== null)(
  `Graphite behind Etsy's StatsD${missing === null ? '' : `: ${missing}`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'routemeter-graphite-'));
    const stops: (() => Promise<unknown>)[] = [];
    let graphite: Graphite;

    beforeAll(async () => {
      writeFileSync(join(folder, 'b.yaml'), BUDGETS);
      graphite = await startGraphite();
      stops.push(() => graphite.stop());
      const etsy = await startEtsy(graphite.port);
      stops.push(() => etsy.stop());
      const url = `udp://127.0.0.1:${etsy.port}`;
      const apps = await Promise.all(
        ['graphite', 'statsd'].map((server) =>
          startHome({ ROUTEMETER_URL: url, ROUTEMETER_SERVER: server, ROUTEMETER_PREFIX: `home-${server}` }),
        ),
      );
      for (const { process } of apps) {
        stops.push(async () => {
          const ended = once(process, 'exit');
          process.kill('SIGTERM');
          await ended;
        });
      }
      const traffic = new Traffic(apps.map((app) => app.url));
      stops.push(() => traffic.stop());
    });

    afterAll(async () => {
      for (const stop of stops.reverse()) await stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test.for([
      ['tagged', 'graphite'],
      ['plain', 'statsd'],
    ] as const)(
      "%s names: every panel's query returns data",
      { timeout: 180_000 },
      async ([names, server]) => {
        const out = join(folder, names);
        const options = ['--budgets', join(folder, 'b.yaml'), '--prefix', `home-${server}`, '--out', out];
        await exportCommand(['grafana', ...options, '--graphite-names', names], () => {});
        const dashboard = JSON.parse(readFileSync(join(out, 'grafana-graphite.json'), 'utf8'));
        const targets: string[] = dashboard.panels.flatMap((panel: { targets: { target: string }[] }) =>
          panel.targets.map(({ target }) => target),
        );
        expect(targets.length).toBe(3 + 3 * 2 * 3);
        for (const target of targets) {
          const series = await until(
            () => graphite.render(target),
            (answer) => answer.some(({ datapoints }) => datapoints.some(([value]) => value !== null)),
            120_000,
          );
          const values = series.flatMap(({ datapoints }) => datapoints.flatMap(([value]) => value ?? []));
          expect(values.length, target).toBeGreaterThan(0);
          for (const value of values) expect(value, target).toBeGreaterThanOrEqual(0);
        }
      },
    );
  },
);
