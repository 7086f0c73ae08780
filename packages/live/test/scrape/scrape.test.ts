import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { PROMETHEUS_PROGRAMS, startPrometheus } from '../../../testkit/src/servers/prometheus.ts';
import { TEXT_TYPE } from '../../src/scrape/text.ts';
import { random, startLive, until } from '../helpers.ts';
import { lines, samplesOf, scraped } from './streams.ts';

const missing = await debianPrograms(PROMETHEUS_PROGRAMS);
/** Streams that one Prometheus scrapes, and that promtool checks together. */
const BATCH = 200;

/** What promtool has against a text: 0 nothing, 3 only advice about names, which are the senders'. */
async function promtool(text: string): Promise<{ code: number; said: string }> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  child.stdin.end(text);
  const [code] = await once(child, 'close');
  return { code: code as number, said };
}

/** The same metrics under names of their own, so that texts can stand one after another. */
const renamed = (text: string, stream: number) =>
  text.replace(/^(# (?:HELP|TYPE) )?(?=[a-zA-Z_:])/gm, `$1s${stream}_`);

/** Serves each text under its position. */
async function serve(texts: readonly string[]): Promise<{ server: Server; addresses: string[] }> {
  const server = createServer((req, res) =>
    res.writeHead(200, { 'content-type': TEXT_TYPE }).end(texts[Number(req.url!.slice(1))]),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, addresses: texts.map((_, i) => `127.0.0.1:${port}/${i}`) };
}

const near = (a: number, b: number) =>
  a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1);

const nameOf = (series: string) => series.replace(/\{.*/s, '');

/** Holds what is scraped against what the API has: both by the name that a metric is scraped under. */
async function compare(live: ReturnType<typeof scraped>, found: Map<string, number>): Promise<void> {
  const sums = new Map<string, number>();
  for (const [series, value] of found) {
    const name = nameOf(series);
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  const sumOf = (name: string) => sums.get(name) ?? 0;
  const infos = await live.store.metrics();
  const range = { from: 0, to: live.clock.ms, quantiles: [], by: [] };
  const expected = new Map<
    string,
    { count: number; sum: number; members: number; type: string; values: number[] }
  >();
  for (const { name, type } of infos) {
    const stored = live.scrape.nameOf(name, type);
    if (stored === undefined) continue;
    const all = await live.store.summary({ ...range, names: [name], types: [type], by: [] });
    const kind = type === 'count' || type === 'gauge' || type === 'set' ? type : 'histogram';
    const key = `${kind} ${stored}`;
    const one = expected.get(key) ?? { count: 0, sum: 0, members: 0, type: kind, values: [] };
    for (const { count, sum, last } of all) {
      one.count += count;
      one.sum += sum;
      one.members = Math.max(one.members, sum);
      if (last !== null) one.values.push(last);
    }
    expected.set(key, one);
  }
  for (const [key, { count, sum, type }] of expected) {
    const name = key.slice(key.indexOf(' ') + 1);
    if (type === 'count') {
      const up = sumOf(name.endsWith('_total') ? name : `${name}_total`);
      const down = sumOf(`${name.replace(/_total$/, '')}_decrease_total`);
      expect(near(up - down, sum) || near(up, sum + down), `${key}: ${up} - ${down} is not ${sum}`).toBe(
        true,
      );
    } else if (type === 'histogram') {
      expect(near(sumOf(`${name}_count`), count), `${key}: count`).toBe(true);
      const [up, down] = [sumOf(`${name}_sum`), sumOf(`${name}_sum_decrease`)];
      expect(near(up - down, sum) || near(up, sum + down), `${key}: ${up} - ${down} is not ${sum}`).toBe(
        true,
      );
    }
  }
}

describe.skipIf(missing !== null)('what is scraped', () => {
  scenario('live-scrape', [240, 10_800], async () => {
    const streams = size(200, 10_000);
    let series = 0;
    for (let first = 0; first < streams; first += BATCH) {
      const texts: string[] = [];
      for (let seed = first; seed < Math.min(first + BATCH, streams); seed++) {
        const next = random(seed);
        const live = scraped();
        live.feed(lines(next, 60).join('\n'));
        live.clock.advance(1);
        const before = samplesOf(await live.text());
        await compare(live, before);
        expect(live.ingest.counters.rejected, `stream ${seed}`).toBe(0);
        // Some series are forgotten meanwhile; what was counted under their names is not.
        live.clock.advance(next() < 0.5 ? 1 : 200);
        live.store.tick();
        live.feed(lines(next, 60).join('\n'));
        live.clock.advance(1);
        const text = await live.text();
        const after = samplesOf(text);
        const gauges = new Set([...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name));
        for (const [series, value] of after) {
          const name = nameOf(series);
          if (!/_(?:total|count|bucket|sum)$/.test(name) || gauges.has(name) || !before.has(series)) continue;
          expect(value, `stream ${seed}: ${series}`).toBeGreaterThanOrEqual(before.get(series)!);
        }
        texts.push(text);
        series += after.size;
      }
      const checked = await promtool(texts.map((text, i) => renamed(text, first + i)).join(''));
      expect([0, 3], checked.said).toContain(checked.code);
      const { server, addresses } = await serve(texts);
      const prometheus = await startPrometheus({ targets: addresses, interval: 10 });
      try {
        await until(async () => (await prometheus.query('scrape_samples_scraped')).length === texts.length);
        expect((await prometheus.query('up')).map(({ value }) => value[1])).toEqual(texts.map(() => '1'));
        for (const [i, address] of addresses.entries()) {
          const got = await prometheus.query(`{instance="${address}"}`);
          const own =
            /^(?:up|scrape_(?:duration_seconds|samples_post_metric_relabeling|samples_scraped|series_added))$/;
          const values = got.filter(({ metric }) => !own.test(metric.__name__!));
          const taken = [...samplesOf(texts[i]!)];
          expect(values.length).toBe(taken.length);
          const sorted = (list: number[]) => list.map((value) => `${value}`).sort();
          expect(sorted(values.map(({ value }) => Number(value[1].replace('Inf', 'Infinity'))))).toEqual(
            sorted(taken.map(([, value]) => value)),
          );
        }
      } finally {
        await prometheus.stop();
        server.closeAllConnections();
        server.close();
      }
    }
    return {
      tried: `${streams} streams of 120 lines with hostile names, tags and values`,
      saw: `every target up, ${series} series each once, no counter fell`,
      lost: 'nothing',
    };
  });

  it('has native histograms for who asks for them, beside counters of the same names', async () => {
    await using live = await startLive();
    await live.send(
      'lat:10:20:40:80:-5:0|ms|#route:/a\nlat:3|ms|@0.3|#route:/b\nhits:5|c\nhits:-2|c\nlevel:-7|g\nusers:a|s\nusers:b|s',
    );
    const url = new URL(live.live.url);
    const prometheus = await startPrometheus({ targets: [url.host], features: ['native-histograms'] });
    try {
      const value = async (expression: string) => Number((await prometheus.query(expression))[0]?.value[1]);
      await until(
        async () => (await prometheus.query('lat')).length === 2 && (await value('hits_total')) === 5,
      );
      expect(await value('up')).toBe(1);
      expect(await value('histogram_count(lat{route="/a"})')).toBe(6);
      expect(await value('histogram_sum(lat{route="/a"})')).toBeCloseTo(145, 9);
      expect(await value('histogram_count(lat{route="/b"})')).toBeCloseTo(10 / 3, 9);
      expect(await value('lat_count{route="/a"}')).toBe(6);
      expect(await value('lat_sum{route="/a"} - lat_sum_decrease{route="/a"}')).toBeCloseTo(145, 9);
      expect(Math.abs((await value('histogram_quantile(0.99, lat{route="/a"})')) / 80 - 1)).toBeLessThan(
        0.03,
      );
      expect(await value('hits_decrease_total')).toBe(2);
      expect(await value('level')).toBe(-7);
      expect(await value('users_members')).toBe(2);
      expect(await value('lat_max{route="/a"}')).toBe(80);
    } finally {
      await prometheus.stop();
    }
  });
});

describe('names and series', () => {
  it('counts what no name is free for, and says so', async () => {
    await using live = await startLive();
    await live.send('a:1|g\na_counter_total:1|g\na_total:1|g\na:1|c');
    await until(async () => (await (await fetch(`${live.live.url}/metrics`)).text()).includes('\na 1\n'));
    const { body } = await live.get('/api/metrics');
    expect(body.metrics.find((one: { type: string }) => one.type === 'count').stored).toBeNull();
    expect((await live.live.stats()).unnamed).toBe(1);
    expect(await (await fetch(`${live.live.url}/metrics`)).text()).toContain(
      '\nroutemeter_live_unnamed_metrics 1\n',
    );
  });

  it('goes on where it was when a series comes back that was forgotten', async () => {
    const live = scraped();
    const text = async () => samplesOf(await live.text());
    live.feed('hits:5|c|#k:v\nhits:-2|c|#k:v\nlat:10:-4|ms|#k:v\nlevel:3|g');
    live.clock.advance(1);
    const before = await text();
    live.clock.advance(200);
    live.store.tick();
    // Forgotten: as long as it does not come back it is no series either.
    expect([...(await text()).keys()]).toEqual([]);
    live.feed('hits:1|c|#k:v\nlat:20|ms|#k:v');
    live.clock.advance(1);
    const after = await text();
    const grown = (name: string) => [before.get(name), after.get(name)];
    expect(grown('hits_total{k="v"}')).toEqual([5, 6]);
    expect(grown('hits_decrease_total{k="v"}')).toEqual([2, 2]);
    expect(grown('lat_count{k="v"}')).toEqual([2, 3]);
    expect(grown('lat_sum{k="v"}')).toEqual([10, 30]);
    expect(grown('lat_sum_decrease{k="v"}')).toEqual([4, 4]);
    expect(grown('lat_bucket{k="v",le="20"}')).toEqual([2, 3]);
    expect(grown('level')).toEqual([3, undefined]);
  });
});

describe('buckets', () => {
  it('go by the unit of a metric, as given or as type and name tell', async () => {
    await using live = await startLive({
      units: { 'api.time': 's' },
      buckets: { bytes: [10, 1000], 'my.own': [1, 2, 3] },
    });
    await live.send(
      'api.time:0.2|ms\nt:3|ms\nu.bytes:500|h\nmy.own:2|d\nw.seconds:0.5|h\nn.items:3|d\nz:5|d',
    );
    await live.get('/api/units', { method: 'POST', body: JSON.stringify({ metric: 'z', unit: 'us' }) });
    const text = async () => (await fetch(`${live.live.url}/metrics`)).text();
    await until(async () => (await text()).includes('z_bucket'));
    const bounds = async (name: string) =>
      [...(await text()).matchAll(new RegExp(`^${name}_bucket\\{le="([^"]*)"\\}`, 'gm'))].map(
        ([, le]) => le!,
      );
    expect((await bounds('api_time')).slice(0, 2)).toEqual(['0.001', '0.0025']);
    expect((await bounds('t')).at(-2)).toBe('10000');
    expect(await bounds('u_bytes')).toEqual(['10', '1000', '+Inf']);
    expect(await bounds('my_own')).toEqual(['1', '2', '3', '+Inf']);
    expect((await bounds('w_seconds'))[0]).toBe('0.001');
    expect((await bounds('n_items')).at(-2)).toBe('1000000');
    expect((await bounds('z')).at(-2)).toBe('10000000');
  });
});
