import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, type TestContext, test } from 'vitest';
import { exact, random } from '../../../live/test/helpers.ts';
import { type Live, startLive, until } from '../../src/live.ts';
import { debianPrograms } from '../../src/servers/debian.ts';
import { PROMETHEUS_PROGRAMS, startPrometheus } from '../../src/servers/prometheus.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../src/servers/victoria-metrics.ts';
import { Host } from './host.ts';

const missing = await debianPrograms({
  ...PROMETHEUS_PROGRAMS,
  ...VICTORIA_PROGRAMS,
  '/usr/bin/faketime': 'faketime',
});

const TICK_MS = 10_000;
const OUTAGE_MS = 30_000;
const SKEW_SECONDS = 300;
/** Long enough for all that happens, and for the host whose clock is behind. */
const WINDOW = 900;
const BEHIND = ['env', 'FAKETIME_DONT_FAKE_MONOTONIC=1', 'faketime', '-f', `-${SKEW_SECONDS}s`];

type Row = Record<string, any>;

/** What the page's API shows, and what the apps know. */
class Fleet {
  readonly #page: Live;
  readonly hosts: readonly Host[];

  constructor(page: Live, hosts: readonly Host[]) {
    this.#page = page;
    this.hosts = hosts;
  }

  async get(path: string): Promise<Row> {
    return this.#page.get(`/api/${path}${path.includes('?') ? '&' : '?'}window=${WINDOW}`);
  }

  rows = async (filter = ''): Promise<Row[]> => (await this.get(`routes?${filter}`)).routes;

  samples(hosts = this.hosts) {
    return hosts.flatMap((host) => host.samples());
  }

  /** Waits until the page shows so many requests, as exactly as it says it can; resolves with what it shows. */
  async shows(count: number, within: number, filter = ''): Promise<Row[]> {
    const total = (rows: Row[]) => rows.reduce((sum, row) => sum + row.count, 0);
    const rows = await until(
      () => this.rows(filter),
      (now) => total(now) >= count && now.every(({ wall }) => (wall.within ?? 0) <= within),
      60_000,
    );
    expect(total(rows)).toBe(count);
    for (const { wall } of rows) expect(wall.within ?? 0).toBeLessThanOrEqual(within);
    return rows;
  }

  /** Holds rows against samples: counts by route and status, and percentiles. */
  holds(rows: readonly Row[], samples: ReturnType<Host['samples']>): void {
    for (const row of rows) {
      const own = samples.filter(({ route }) => route === row.route);
      const byStatus: Record<string, number> = {};
      for (const { status } of own) byStatus[status] = (byStatus[status] ?? 0) + 1;
      expect(row.status).toEqual(byStatus);
      expect(row.count).toBe(own.length);
      expect(row.errors).toBe(byStatus[500] ?? 0);
      const sorted = own.map(({ wall }) => wall).sort((a, b) => a - b);
      expect(row.wall.max).toBe(sorted.at(-1));
      expect(row.wall.mean).toBeCloseTo(sorted.reduce((a, b) => a + b) / sorted.length, 6);
      if (row.wall.within === null) continue;
      for (const q of [0.5, 0.95, 0.99]) {
        const right = exact(sorted, q);
        const shown = row.wall[`p${q * 100}`];
        expect(
          Math.abs(shown / right - 1),
          `p${q * 100} of ${row.route}: ${shown}, exactly ${right}`,
        ).toBeLessThanOrEqual(row.wall.within);
      }
    }
  }
}

async function startFleet(
  engine: { url: string; stop(): Promise<unknown> },
  { onTestFinished }: TestContext,
): Promise<Fleet> {
  const stops: (() => Promise<unknown>)[] = [];
  onTestFinished(async () => {
    await Promise.all(stops.map((stop) => stop()));
    await engine.stop();
  });
  const hosts = await Promise.all(
    ['h1', 'h2', 'h3', 'h4', 'h5'].map(async (name) => {
      const host = await Host.start(name, engine.url, name === 'h4' ? BEHIND : []);
      stops.push(() => host.stop());
      return host;
    }),
  );
  const page = await startLive(['--store', engine.url]);
  stops.push(() => page.stop());
  return new Fleet(page, hosts);
}

const engines = [
  { name: 'VictoriaMetrics', launch: () => startVictoriaMetrics(), within: 0.075 },
  {
    name: 'Prometheus',
    launch: () => startPrometheus({ isReceiver: true }),
    within: Number.POSITIVE_INFINITY,
  },
];

describe.skipIf(missing !== null)(`a fleet of five hosts${missing === null ? '' : `: ${missing}`}`, () => {
  test.concurrent.for(engines)(
    'in $name: totals are the sum of what the apps recorded, over outages, restarts and a clock that is off',
    { timeout: 240_000 },
    async ({ launch, within }, context) => {
      const engine = await launch();
      const fleet = await startFleet(engine, context);
      const { hosts } = fleet;
      const next = random(3);
      const drive = (count: number, some = hosts) => Promise.all(some.map((host) => host.drive(count, next)));

      await drive(60);
      const first = await fleet.shows(5 * 60, within);
      expect(first.map(({ service, route }) => `${service} ${route}`).sort()).toEqual([
        'shop /health',
        'shop /items/:id',
      ]);
      fleet.holds(first, fleet.samples());
      for (const host of hosts) {
        const rows = await fleet.shows(60, within, `tag:host=${host.name}`);
        fleet.holds(rows, host.samples());
      }
      const apart = await fleet.get('hosts?route=/items/:id&method=GET&service=shop');
      expect(apart.hosts.map(({ host, count }: Row) => [host, count])).toEqual(
        hosts.map((host) => [host.name, host.samples().filter(({ route }) => route === '/items/:id').length]),
      );

      // The engine goes; requests go on, and one collector is restarted meanwhile.
      const [, restarted, , behind, killed] = hosts as [Host, Host, Host, Host, Host];
      await engine.goDown();
      const down = Date.now();
      await drive(20);
      await until(
        () => fleet.get('routes'),
        (answer) => answer.error !== undefined,
      );
      expect(await fleet.get('routes')).toMatchObject({ error: { code: 'STORE_UNREACHABLE' } });
      await sleep(OUTAGE_MS - (Date.now() - down));
      await engine.comeBack();
      const afterOutage = await fleet.shows(5 * 80, within);
      fleet.holds(afterOutage, fleet.samples());

      await drive(10, [restarted]);
      await restarted.collector.stop();
      await restarted.startCollector();
      await drive(10, [restarted]);

      // What was written before the last tick is not lost by a kill; what came after it is.
      await drive(10, [killed]);
      await fleet.shows(killed.samples().length, within, `tag:host=${killed.name}`);
      const safe = killed.samples().length;
      const dead = once(killed.collector.process, 'exit');
      await drive(7, [killed]);
      killed.collector.process.kill('SIGKILL');
      await dead;
      const atRisk = killed.samples().length - safe;
      await killed.startCollector();
      await drive(10, [killed]);
      await sleep(2 * TICK_MS);

      const others = hosts.filter((host) => host !== killed);
      for (const host of others) {
        fleet.holds(
          await fleet.shows(host.samples().length, within, `tag:host=${host.name}`),
          host.samples(),
        );
      }
      const kept = (await fleet.rows(`tag:host=${killed.name}`)).reduce((sum, row) => sum + row.count, 0);
      expect(kept).toBeLessThanOrEqual(killed.samples().length);
      expect(kept).toBeGreaterThanOrEqual(killed.samples().length - atRisk);
      const all = (await fleet.rows()).reduce((sum, row) => sum + row.count, 0);
      expect(all).toBe(fleet.samples(others).length + kept);

      // Where a host has nothing there is a gap: the one whose clock is behind has none of the last minutes.
      const points = async (host: string) =>
        (await fleet.get(`query?name=http.server.request&stat=p95,count&step=10&tag:host=${host}`)).series;
      const [p95, count] = await points(behind.name);
      expect(count.points.reduce((sum: number, one: number) => sum + one, 0)).toBe(behind.samples().length);
      expect(p95.points.map((one: number | null) => one === null)).toEqual(
        count.points.map((one: number) => one === 0),
      );
      expect(p95.points.slice(-(SKEW_SECONDS / 10 - 3)).every((one: number | null) => one === null)).toBe(
        true,
      );
      const { clockSkew } = (await behind.collector.get('/api/stats')).write;
      expect(Math.abs(clockSkew + SKEW_SECONDS)).toBeLessThan(30);
    },
  );
});
