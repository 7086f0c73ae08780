import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { startLive } from '../../../testkit/src/live.ts';
import { COLLECTD_PROGRAMS, startCollectd } from '../../../testkit/src/servers/collectd.ts';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { startEtsy } from '../../../testkit/src/servers/etsy.ts';
import {
  GRAPHITE_PROGRAMS,
  type GraphiteSeries,
  startGraphite,
} from '../../../testkit/src/servers/graphite.ts';
import { NETDATA_PROGRAMS, startNetdata } from '../../../testkit/src/servers/netdata.ts';
import { eventually, type Program } from '../../../testkit/src/servers/program.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { SERVERS } from '../../src/config/servers.ts';
import { expressMeter } from '../../src/frameworks/express.ts';
import {
  createMeter,
  type Payload,
  type ServerName,
  type Settle,
  type Sink,
  UdpSink,
} from '../../src/index.ts';
import { PARSERS, type Parsed } from '../dialects/parsers.ts';

const missing = await debianPrograms({
  ...GRAPHITE_PROGRAMS,
  ...VICTORIA_PROGRAMS,
  ...NETDATA_PROGRAMS,
  ...COLLECTD_PROGRAMS,
});
if (missing !== null)
  console.warn(`Skipped: Etsy with Graphite, VictoriaMetrics, netdata and collectd: ${missing}`);

const express = createRequire(import.meta.url)('express5');
const running: Program[] = [];
afterAll(() => Promise.all(running.map((server) => server.stop())));

/** Sends by UDP and remembers what it sent. */
class Remembering implements Sink {
  readonly url: string;
  readonly maxPayload: number;
  readonly newline = false;
  readonly lines: string[] = [];
  private readonly udp: UdpSink;

  constructor(port: number) {
    this.udp = new UdpSink('127.0.0.1', port);
    this.url = this.udp.url;
    this.maxPayload = this.udp.maxPayload;
  }

  open(settle: Settle, unconfirmed: (samples: number) => void): void {
    this.udp.open(settle, unconfirmed);
  }

  send(payload: Payload): void {
    this.lines.push(...payload.buffer.toString('utf8', 0, payload.length).split('\n'));
    this.udp.send(payload);
  }

  flush = () => this.udp.flush();
  flushSync = (waitMs: number) => this.udp.flushSync(waitMs);
  close = () => this.udp.close();
}

interface Sent {
  /** By name and tags, in the form that this dialect gives them. */
  timings: Map<string, { parsed: Parsed; values: number[] }>;
  counts: Map<string, number>;
  lines: string[];
}

/** An Express app under traffic, measured over one dialect; what it recorded, series by series. */
async function traffic(server: ServerName, port: number): Promise<Sent> {
  const sink = new Remembering(port);
  const meter = createMeter({ sink, server, prefix: 'shop', cpu: 'off', flushMs: 60_000 });
  const app = express();
  app.use(expressMeter(meter));
  app.get('/users/:id', (_request: unknown, response: { json(body: unknown): void }) => {
    meter.time('feed', () => sleep(1)).then(() => response.json({}));
  });
  app.post(
    '/Orders/:orderId/items',
    (_request: unknown, response: { status(code: number): { end(): void } }) => {
      meter.increment('orders', 2, { tags: { plan: 'free' } });
      response.status(201).end();
    },
  );
  const listening = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.on('listening', resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  for (let i = 0; i < 25; i++) {
    await fetch(`${url}/users/${i}`).then((answer) => answer.text());
    if (i % 5 === 0)
      await fetch(`${url}/Orders/${i}/items`, { method: 'POST' }).then((answer) => answer.text());
  }
  await fetch(`${url}/nowhere`).then((answer) => answer.text());
  await new Promise((resolve) => listening.close(resolve));
  await meter.close();
  expect(meter.stats()).toMatchObject({ samples: 25 + 5 + 1 + 25 + 5, dropped: {}, waiting: 0 });

  const parse = PARSERS[SERVERS[server].dialect];
  const sent: Sent = { timings: new Map(), counts: new Map(), lines: sink.lines };
  for (const parsed of sink.lines.map(parse)) {
    const key = keyOf(parsed.name, parsed.tags);
    if (parsed.type === 'c') sent.counts.set(key, (sent.counts.get(key) ?? 0) + Number(parsed.values[0]));
    else {
      const known = sent.timings.get(key) ?? { parsed, values: [] };
      known.values.push(...parsed.values.map(Number));
      sent.timings.set(key, known);
    }
  }
  return sent;
}

function keyOf(name: string, tags: Record<string, string>): string {
  return JSON.stringify([name, Object.entries(tags).sort()]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function expected(sent: Sent): Map<string, { count: number; mean: string }> {
  return new Map(
    [...sent.timings].map(([key, { values }]) => [
      key,
      { count: values.length, mean: (sum(values) / values.length).toFixed(3) },
    ]),
  );
}

const OWN = /^stats\.(timers|counters)\.(shop\..+)\.(count|sum)$/;

describe.skipIf(missing !== null)('real servers read what was recorded', () => {
  it('Etsy into Graphite, with tags and without', async () => {
    const graphite = await startGraphite();
    running.push(graphite);
    const etsy = await startEtsy(graphite.port);
    running.push(etsy);
    const tagged = await traffic('graphite', etsy.port);
    const plain = await traffic('statsd', etsy.port);
    const wanted = new Map([...expected(tagged), ...expected(plain)]);
    const found = async () => {
      const series = await graphite.render(
        "seriesByTag('name=~^stats\\.(timers|counters)\\.shop\\..*\\.(count|sum)$')",
      );
      return collect(series);
    };
    const wantedCounts = new Map([...tagged.counts, ...plain.counts]);
    const { timings, counts } = await eventually(
      found,
      (now) =>
        total(now.timings) >= total(wanted) &&
        sum([...now.counts.values()]) >= sum([...wantedCounts.values()]),
    );
    expect(timings).toEqual(wanted);
    expect(counts).toEqual(wantedCounts);
  });

  function collect(series: readonly GraphiteSeries[]) {
    const parts = new Map<string, { count: number; sum: number; counter: boolean }>();
    for (const { tags, datapoints } of series) {
      const { name = '', ...rest } = tags;
      const [, kind, metric = '', part] = OWN.exec(name) ?? [];
      const key = keyOf(metric, rest);
      const known = parts.get(key) ?? { count: 0, sum: 0, counter: kind === 'counters' };
      known[part as 'count' | 'sum'] += sum(datapoints.map(([value]) => value ?? 0));
      parts.set(key, known);
    }
    const timings = new Map<string, { count: number; mean: string }>();
    const counts = new Map<string, number>();
    for (const [key, { count, sum, counter }] of parts) {
      if (counter) counts.set(key, count);
      else timings.set(key, { count, mean: (sum / count).toFixed(3) });
    }
    return { timings, counts };
  }

  it('Etsy into VictoriaMetrics, and Influx lines straight into it', async () => {
    const victoria = await startVictoriaMetrics();
    running.push(victoria);
    const etsy = await startEtsy(victoria.graphitePort);
    running.push(etsy);
    const tagged = await traffic('graphite', etsy.port);
    const read = async () => {
      const series = await victoria.export(
        '{__name__=~"stats\\\\.(timers|counters)\\\\.shop\\\\..*\\\\.(count|sum)"}',
      );
      return collect(
        series.map(({ metric: { __name__: name = '', ...tags }, values }) => ({
          target: name,
          tags: { ...tags, name },
          datapoints: values.map((value): [number, number] => [value, 0]),
        })),
      );
    };
    const { timings, counts } = await eventually(
      read,
      (now) => total(now.timings) >= total(expected(tagged)),
    );
    expect(timings).toEqual(expected(tagged));
    expect(counts).toEqual(tagged.counts);

    // Telegraf is no package of Debian's: its part, values into fields, is played here.
    const influx = await traffic('telegraf', etsy.port);
    let at = Date.now() - 10_000;
    await victoria.writeInflux(
      influx.lines.map((line) => {
        const [subject, value] = line.split('|')[0]!.split(':');
        return `${subject} value=${value} ${at++}000000`;
      }),
    );
    const written = async () => {
      const series = await victoria.export('{__name__=~"shop.*_value"}');
      return new Map(
        series
          .filter(({ metric }) => !metric.__name__!.includes('orders'))
          .map(({ metric: { __name__: name = '', db: _, ...tags }, values }) => [
            keyOf(name.replace(/_value$/, ''), tags),
            { count: values.length, mean: (sum(values) / values.length).toFixed(3) },
          ]),
      );
    };
    expect(await eventually(written, (now) => total(now) >= total(expected(influx)))).toEqual(
      expected(influx),
    );
  });

  it('netdata', async () => {
    const netdata = await startNetdata();
    running.push(netdata);
    // Its own count of events is a rate: the second reading is the first that tells anything.
    await sleep(3_000);
    const sent = await traffic('statsd', netdata.port);
    for (const { parsed, values } of sent.timings.values()) {
      const chart = `statsd_${parsed.name.toLowerCase()}_timer`;
      const largest = async () => Math.max(0, ...(await netdata.dimension(chart, 'max')));
      expect(await eventually(largest, (value) => value > 0)).toBeCloseTo(Math.max(...values), 1);
      const means = (await netdata.dimension(chart, 'average')).filter((value) => value > 0);
      // Two where the samples came in two seconds.
      if (means.length === 1) expect(means[0]).toBeCloseTo(sum(values) / values.length, 1);
    }
    const events = async () => sum(await netdata.dimension('netdata.statsd_events', 'timers'));
    const all = sum([...sent.timings.values()].map(({ values }) => values.length));
    expect(Math.round(await eventually(events, (count) => Math.round(count) >= all, 5_000))).toBe(all);
  });

  it('collectd', async () => {
    const collectd = await startCollectd();
    running.push(collectd);
    const sent = await traffic('statsd', collectd.port);
    for (const { parsed, values } of sent.timings.values()) {
      const count = async () => sum(collectd.values(`gauge-${parsed.name}-count`));
      // It cuts off what is beyond whole milliseconds, leaves out what is then zero, and keeps seconds.
      const kept = values.filter((value) => value >= 1).length;
      expect(await eventually(count, (read) => read >= kept)).toBe(kept);
      const ms = sum(collectd.values(`latency-${parsed.name}-sum`)) * 1000;
      expect(Math.round(ms)).toBe(sum(values.map(Math.trunc)));
    }
  });
});

describe('the live server', () => {
  it.each(['datadog', 'vector', 'graphite', 'telegraf', 'statsd'] as const)(
    'reads every sample sent for %s',
    async (server) => {
      const live = await startLive();
      running.push(live);
      const sent = await traffic(server, Number(new URL(live.statsd).port));
      const samples = total(expected(sent)) + sent.lines.filter((line) => line.includes('|c')).length;
      const stats = await eventually(
        () => live.get('/api/stats') as Promise<{ samples: number; rejected: number }>,
        (now) => now.samples >= samples,
        5_000,
      );
      expect(stats).toMatchObject({ samples, rejected: 0 });
      if (server === 'statsd') return;
      const { routes } = (await live.get('/api/routes?window=300')) as {
        routes: Array<{ count: number; wall: { mean: number } }>;
      };
      const requests = [...sent.timings.values()].filter(({ parsed }) =>
        parsed.name.endsWith('http.server.request'),
      );
      const byCount = (a: { count: number }, b: { count: number }) => a.count - b.count;
      const wanted = requests.map(({ values }) => ({
        count: values.length,
        mean: (sum(values) / values.length).toFixed(2),
      }));
      const found = routes.map(({ count, wall }) => ({ count, mean: wall.mean.toFixed(2) }));
      expect(found.sort(byCount)).toEqual(wanted.sort(byCount));
    },
  );
});

function total(timings: ReadonlyMap<string, { count: number }>): number {
  return sum([...timings.values()].map(({ count }) => count));
}
