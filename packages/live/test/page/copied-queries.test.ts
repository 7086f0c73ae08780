import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { startEtsy } from '../../../testkit/src/servers/etsy.ts';
import { GRAPHITE_PROGRAMS, startGraphite } from '../../../testkit/src/servers/graphite.ts';
import { eventually } from '../../../testkit/src/servers/program.ts';
import { PROMETHEUS_PROGRAMS, startPrometheus } from '../../../testkit/src/servers/prometheus.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { type Asked, queryText } from '../../src/page/model/copied-query.ts';
import { TEXT_TYPE } from '../../src/scrape/text.ts';
import { FakeClock, type Json, startLive, until } from '../helpers.ts';

const missing = await debianPrograms({ ...PROMETHEUS_PROGRAMS, ...VICTORIA_PROGRAMS, ...GRAPHITE_PROGRAMS });
const STEP_SECONDS = 5;
const STEPS = 24;

/** What comes in every five seconds, for two minutes. */
const TRAFFIC = [
  ...['hits:5|c|#route:/a', 'hits:10|c|#route:/b', 'my.balance:6|c', 'my.balance:-2|c'],
  ...['lat:10:20:30:40:100|ms|#route:/a', 'lat:7:8|ms|#route:/b', 'below:-3:5|h'],
  ...['queue.depth:90|g|#host_name:x', 'queue.depth:10|g|#host_name:y', 'cold:-7|g'],
  ...['users:a|s', 'users:b|s', 'users:c|s', 'hits:3|g'],
].join('\n');

/** Questions as the page asks them, with how far an engine can be off: by its buckets, and where a rate begins. */
type Question = [
  name: string,
  type: string,
  stat: string,
  by: string,
  error: number,
  where?: Record<string, string>,
];
const QUESTIONS: Question[] = [
  ['hits', 'count', 'rate', '', 0.1],
  ['hits', 'count', 'count', '', 0.1],
  ['hits', 'count', 'rate', 'route', 0.1],
  ['hits', 'gauge', 'last', '', 0],
  ['my.balance', 'count', 'rate', '', 0.1],
  ['lat', 'timing', 'p95', '', 1.5],
  ['lat', 'timing', 'p50', 'route', 1.5],
  ['lat', 'timing', 'rate', '', 0.1],
  ['lat', 'timing', 'mean', '', 0.001],
  ['lat', 'timing', 'max', 'route', 0.001],
  ['below', 'histogram', 'mean', '', 0.001],
  ['queue.depth', 'gauge', 'last', '', 0],
  ['queue.depth', 'gauge', 'mean', '', 0],
  ['queue.depth', 'gauge', 'sum', '', 0],
  ['queue.depth', 'gauge', 'min', '', 0],
  ['queue.depth', 'gauge', 'max', '', 0],
  ['queue.depth', 'gauge', 'last', 'host_name', 0],
  ['cold', 'gauge', 'last', '', 0],
  ['users', 'set', 'count', '', 0],
  ['lat', 'timing', 'sum', '', 0.1],
  ['lat', 'timing', 'count', '', 0.1],
  ['lat', 'timing', 'min', '', 0.001],
  // Narrowed, as the page does it by its filters.
  ['hits', 'count', 'rate', '', 0.1, { route: '/a' }],
  ['lat', 'timing', 'p95', '', 1.5, { route: '/b' }],
  ['lat', 'timing', 'mean', '', 0.001, { route: '/b' }],
  ['lat', 'timing', 'max', 'route', 0.001, { route: '/a' }],
  ['queue.depth', 'gauge', 'sum', '', 0, { host_name: 'x' }],
];

type Live = Awaited<ReturnType<typeof startLive>>;
type Query = (expression: string, at?: number) => Promise<{ value: [number, string] }[]>;

/** Two minutes of traffic on a clock of its own; `each` is called with what is scraped meanwhile. */
async function play(options: object, each: (text: string, at: number) => Promise<void>) {
  const clock = new FakeClock(Math.floor((Date.now() - 600_000) / 60_000) * 60_000);
  const live = await startLive({ clock: clock.now, ...options });
  for (let step = 0; step < STEPS; step++) {
    await live.send(TRAFFIC);
    clock.advance(STEP_SECONDS);
    const text = await (await fetch(`${live.live.url}/metrics`)).text();
    await each(text, clock.ms);
    if ('write' in options && clock.ms % 10_000 === 0) {
      const ticks = (step + 1) / 2;
      await until(async () => ((await live.live.stats()).write?.ticks ?? 0) >= ticks);
    }
  }
  return { live, clock };
}

async function compare({ live, clock }: { live: Live; clock: FakeClock }, query: Query): Promise<void> {
  const { metrics } = (await live.get('/api/metrics')).body;
  for (const [name, type, stat, by, error, where = {}] of QUESTIONS) {
    const metric = metrics.find((one: Json) => one.name === name && one.type === type) as Asked['metric'];
    const text = queryText('PromQL', { metric, stat, by, where });
    const narrowed = Object.entries(where).map(([key, value]) => `&tag:${key}=${encodeURIComponent(value)}`);
    const asked = `/api/query?name=${name}&type=${type}&stat=${stat}&by=${by}&window=60&step=60&end=${clock.ms - 1}${narrowed.join('')}`;
    const shown = ((await live.get(asked)).body.series as Json[]).map(({ points }) => points.at(-1));
    const told = (await query(text, clock.ms)).map(({ value }) => Number(value[1]));
    const sorted = (list: number[]) => [...list].sort((a, b) => a - b);
    expect(told.length, text).toBe(shown.length);
    for (const [i, value] of sorted(told).entries()) {
      const right = sorted(shown)[i]!;
      expect(Math.abs(value - right), `${text}: ${value} is not ${right}`).toBeLessThanOrEqual(
        error * Math.abs(right) + 1e-9,
      );
    }
  }
}

/** As a scraper would have it that came at that time. */
const timed = (text: string, at: number) => text.replace(/^(?!#)(.+)$/gm, (line) => `${line} ${at}`);

describe.skipIf(missing !== null)('queries that are copied answer what the page shows', () => {
  it.each([
    ['Prometheus', 'native', () => startPrometheus({ isReceiver: true, features: ['native-histograms'] })],
    ['Prometheus', 'classic', () => startPrometheus({ isReceiver: true })],
    ['VictoriaMetrics', 'vmrange', () => startVictoriaMetrics()],
  ] as const)(
    'by --write to %s, %s histograms',
    async (_name, kind, start) => {
      const engine = await start();
      const played = await play({ write: engine.url, writeHistograms: kind }, async () => {});
      try {
        await until(async () => (await played.live.live.stats()).write!.queued.requests === 0);
        await compare(played, (expression, at) => engine.query(expression, at));
      } finally {
        await played.live[Symbol.asyncDispose]();
        await engine.stop();
      }
    },
    300_000,
  );

  it('by scrape, VictoriaMetrics', async () => {
    const engine = await startVictoriaMetrics();
    const played = await play({}, (text, at) => engine.importPrometheus(timed(text, at)));
    try {
      await compare(played, (expression, at) => engine.query(expression, at));
    } finally {
      await played.live[Symbol.asyncDispose]();
      await engine.stop();
    }
  });

  it('by scrape, Prometheus', async () => {
    const texts: string[] = [];
    const played = await play({}, async (text, at) => void texts.push(timed(text, at)));
    let next = 0;
    // Each time what was scraped one step later.
    const target = createServer((_req, res) => {
      const text = texts[Math.min(next++, texts.length - 1)];
      res.writeHead(200, { 'content-type': TEXT_TYPE }).end(text);
    });
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const engine = await startPrometheus({
      targets: [`127.0.0.1:${(target.address() as AddressInfo).port}`],
    });
    try {
      await until(() => next > texts.length + 1);
      await compare(played, (expression, at) => engine.query(expression, at));
    } finally {
      await played.live[Symbol.asyncDispose]();
      await engine.stop();
      target.close();
    }
  });

  it('of Graphite, behind the StatsD of Etsy', async () => {
    const graphite = await startGraphite();
    const etsy = await startEtsy(graphite.port);
    await using live = await startLive();
    const socket = createSocket('udp4');
    const lines =
      'hits:5|c\nlat:10|ms\nlat:20|ms\nlat:30|ms\ncold:0|g\ncold:-7|g\nusers:a|s\nusers:b|s\n' +
      'narrow:5|c|#route:/a\nnarrow:7|c|#route:/b\nwide:8|ms|#route:/a\nwide:9|ms|#route:/b\nwide:4|ms|#route:/b.c/:id of';
    const timer = setInterval(() => socket.send(lines, etsy.port, '127.0.0.1'), 100);
    try {
      await live.send(lines);
      const expected: [Asked, number, number][] = [
        [{ metric: { name: 'hits', type: 'count', tags: [] }, stat: 'rate', by: '' }, 50, 0.4],
        [{ metric: { name: 'lat', type: 'timing', tags: [] }, stat: 'mean', by: '' }, 20, 0],
        [{ metric: { name: 'lat', type: 'timing', tags: [] }, stat: 'p50', by: '' }, 20, 0],
        [{ metric: { name: 'lat', type: 'timing', tags: [] }, stat: 'max', by: '' }, 30, 0],
        [{ metric: { name: 'lat', type: 'timing', tags: [] }, stat: 'min', by: '' }, 10, 0],
        // Of one flush, two seconds.
        [{ metric: { name: 'lat', type: 'timing', tags: [] }, stat: 'sum', by: '' }, 1200, 0.4],
        [{ metric: { name: 'lat', type: 'timing', tags: [] }, stat: 'count', by: '' }, 60, 0.4],
        [{ metric: { name: 'users', type: 'set', tags: [] }, stat: 'count', by: '' }, 2, 0],
        [{ metric: { name: 'wide', type: 'timing', tags: ['route'] }, stat: 'min', by: '' }, 4, 0],
        [
          {
            metric: { name: 'wide', type: 'timing', tags: ['route'] },
            stat: 'mean',
            by: '',
            where: { route: '/b' },
          },
          9,
          0,
        ],
        [
          {
            metric: { name: 'wide', type: 'timing', tags: ['route'] },
            stat: 'mean',
            by: '',
            where: { route: '/b.c/:id of' },
          },
          4,
          0,
        ],
        [
          {
            metric: { name: 'narrow', type: 'count', tags: ['route'] },
            stat: 'rate',
            by: '',
            where: { route: '/a' },
          },
          50,
          0.15,
        ],
      ];
      for (const [asked, value, error] of expected) {
        const text = queryText('Graphite', asked);
        const isThere = (list: Awaited<ReturnType<typeof graphite.render>>) =>
          list.some(({ datapoints }) =>
            datapoints.some(([point]) => point !== null && Math.abs(point - value) <= error * value),
          );
        expect(isThere(await eventually(() => graphite.render(text), isThere)), text).toBe(true);
      }
      const shown = async (query: string) => (await live.get(`/api/query?window=60&step=60&${query}`)).body;
      expect(
        (await shown('name=lat&stat=mean')).series[0].points.findLast((p: number | null) => p !== null),
      ).toBe(20);
      expect(
        (await shown('name=lat&stat=max')).series[0].points.findLast((p: number | null) => p !== null),
      ).toBe(30);
      expect((await shown('name=cold')).series[0].points.at(-1)).toBe(-7);
    } finally {
      clearInterval(timer);
      socket.close();
      await etsy.stop();
      await graphite.stop();
    }
  });
});
