import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { MIMIR, startMimir } from '../../../testkit/src/servers/mimir.ts';
import {
  isPrometheus3,
  PROMETHEUS_PROGRAMS,
  startPrometheus,
} from '../../../testkit/src/servers/prometheus.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { startVmagent, VMAGENT } from '../../../testkit/src/servers/vmagent.ts';
import { type HistogramName, storedAs } from '../../src/write/histograms/kind.ts';
import { exact, random, until } from '../helpers.ts';
import { type CollectorOptions, startCollector } from './collector.ts';
import { startProxy } from './proxy.ts';

/** What a page of the documentation asks of an engine, and of which kind of histogram. */
const questions = [
  ...readFileSync(new URL('../../../../docs/fleet.md', import.meta.url), 'utf8').matchAll(
    /```promql ?(\w*)\n([\s\S]*?)```/g,
  ),
].map(([, kind, text]) => ({ kind: kind!, text: text!.trim() }));

const missing = await debianPrograms({ ...PROMETHEUS_PROGRAMS, ...VICTORIA_PROGRAMS });

/** Engines take the past minutes: nothing has to wait for ticks. */
const start = Math.floor((Date.now() - 600_000) / 10_000) * 10_000;

interface Engine {
  url: string;
  query(
    expression: string,
    at?: number,
  ): Promise<{ metric: Record<string, string>; value: [number, string] }[]>;
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  hang(): void;
  goOn(): void;
  stop(): Promise<void>;
}

const NATIVE = {
  histograms: 'native' as HistogramName,
  quantile: (q: number) => `histogram_quantile(${q}, sum(rate(request[1m])))`,
  error: 0.02,
};
const CLASSIC = {
  histograms: 'classic' as HistogramName,
  quantile: (q: number) => `histogram_quantile(${q}, sum(rate(request_bucket[1m])) by (le))`,
  /** Of the widest of the buckets: 2 to 5, 20 to 50, 200 to 500. */
  error: 1.5,
};

const VMRANGE = {
  histograms: 'vmrange' as HistogramName,
  quantile: (q: number) => `histogram_quantile(${q}, sum(increase(request_bucket[1m])) by (vmrange))`,
  /** Of a range, and of the store's bins. */
  error: 0.137 + 0.0075,
};
/** Debian's is older than remote write 2.0. */
const PROMETHEUS = isPrometheus3 ? { message: '2.0' } : { message: '1.0' };

const engines = [
  {
    name: 'VictoriaMetrics',
    start: (): Promise<Engine> => startVictoriaMetrics(),
    message: '1.0',
    ...VMRANGE,
  },
  ...(isPrometheus3
    ? [
        {
          name: 'Prometheus with custom buckets',
          start: (): Promise<Engine> => startPrometheus({ isReceiver: true }),
          message: '2.0',
          ...NATIVE,
          histograms: 'custom' as HistogramName,
          error: CLASSIC.error,
        },
      ]
    : []),
  ...(VMAGENT === undefined
    ? []
    : [{ name: 'vmagent', start: (): Promise<Engine> => startVmagent(), message: '1.0', ...VMRANGE }]),
  ...(MIMIR === undefined
    ? []
    : [{ name: 'Mimir', start: (): Promise<Engine> => startMimir(), message: '1.0', ...NATIVE }]),
  {
    name: 'Prometheus with native histograms',
    start: (): Promise<Engine> => startPrometheus({ isReceiver: true, features: ['native-histograms'] }),
    ...PROMETHEUS,
    ...NATIVE,
  },
  {
    name: 'Prometheus',
    start: (): Promise<Engine> => startPrometheus({ isReceiver: true }),
    ...PROMETHEUS,
    ...(isPrometheus3 ? NATIVE : CLASSIC),
  },
];

describe.skipIf(missing !== null).each(engines)(
  '$name',
  ({ start: startEngine, histograms, message, quantile, error }) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await startEngine();
    });
    afterAll(() => engine?.stop());
    const value = async (expression: string, at: number) =>
      Number((await engine.query(expression, at))[0]?.value[1] ?? Number.NaN);
    /** Of a window up to a tick; with 1 ms more since some engines leave its beginning out. */
    const increase = (name: string, seconds: number) => {
      const window = `[${seconds * 1000 + 1}ms]`;
      return `sum(max_over_time(${name}${window}) - min_over_time(${name}${window}))`;
    };
    const collector = async (options: CollectorOptions = {}, url = engine.url) => {
      const given = histograms === 'custom' ? 'custom' : 'auto';
      const one = startCollector(url, { start, histograms: given, ...options });
      await one.settled();
      return one;
    };

    it('gets exact counts and sums, and quantiles within the stated error', async () => {
      const { feed, pass, settled, writer, clock, told } = await collector();
      const next = random(1);
      const all: number[] = [];
      for (let second = 0; second < 60; second++) {
        const values = Array.from({ length: 50 }, () =>
          Number((10 * Math.exp(next() * 4 - 1)).toPrecision(5)),
        );
        all.push(...values);
        feed(`request:${values.join(':')}|d\norders:3|c\nqueue:${second}|g\nusers:${second % 7}|s`);
        pass(1);
      }
      await settled();
      expect(told.filter((text) => !text.includes('clock'))).toEqual([]);
      expect(writer.stats()).toMatchObject({ histograms, message, dropped: { refused: 0 } });
      const end = clock.ms;
      expect(await value(increase('request_count', 60), end)).toBe(3000);
      expect(await value(increase('request_count', 10), end - 20_000)).toBe(500);
      expect(await value(increase('orders_total', 60), end)).toBe(180);
      expect(await value(increase('request_sum', 60), end)).toBeCloseTo(
        all.reduce((a, b) => a + b, 0),
        6,
      );
      expect(await value('min_over_time(request_min[59999ms])', end)).toBe(Math.min(...all));
      expect(await value('max_over_time(request_max[59999ms])', end)).toBe(Math.max(...all));
      expect(await value('queue', end)).toBe(59);
      expect(await value('users_members', end)).toBe(7);
      const sorted = Float64Array.from(all).sort();
      for (const q of [0.5, 0.9, 0.95, 0.99]) {
        const right = exact(sorted, q);
        const answer = await value(quantile(q), end);
        expect(Math.abs(answer / right - 1), `p${q * 100}: ${answer}, exactly ${right}`).toBeLessThan(error);
      }
      await writer.close();
    });

    it('answers what docs/fleet.md asks', async () => {
      const hosts = ['web-1', 'web-2'];
      const collectors = await Promise.all(
        hosts.map((host) => collector({ labels: new Map([['host', host]]) })),
      );
      for (let second = 0; second < 120; second++) {
        for (const [i, { feed, pass }] of collectors.entries()) {
          const tags = 'service:shop,http_route:/a,http_method:GET';
          feed(
            `http.server.request:${20 + i}:${30 + i}:40|d|#${tags},http_status_code:200\n` +
              `http.server.request:90|d|#${tags},http_status_code:500\nhttp.server.request.cpu:8:8:8:8|d|#${tags}`,
          );
          pass(1);
        }
      }
      // Closing gives up after three seconds, which a busy machine can take.
      await Promise.all(collectors.map(({ settled }) => settled()));
      await Promise.all(collectors.map(({ writer }) => writer.close()));
      const end = collectors[0]!.clock.ms;
      const asked = questions.filter(({ kind }) => kind === '' || kind === storedAs(histograms));
      expect(asked.length).toBe(7);
      for (const { text } of asked) {
        const answer = await engine.query(text, end);
        const values = answer.map(({ value: [, number] }) => Number(number));
        expect(answer.length, text).toBe(text.includes('(host') ? 2 : 1);
        for (const number of values) {
          if (text.includes('histogram_quantile'))
            expect(Math.abs(number / 90 - 1), text).toBeLessThan(error);
          else if (text.includes('5..')) expect(number, text).toBeCloseTo(0.25, 6);
          else if (text.includes('cpu')) expect(number, text).toBeCloseTo(8, 6);
          else if (text.includes('metric_info')) expect(number, text).toBe(1);
          else if (text.includes('60001ms')) expect(number, text).toBe(480);
          else {
            // Of the two minutes there were, or of the five asked for: engines differ.
            expect(number, text).toBeGreaterThan(3);
            expect(number, text).toBeLessThan(9);
          }
        }
      }
    });

    it('that was away gets all of it when it is back, nothing twice', async () => {
      const { feed, pass, settled, writer, clock } = await collector();
      const second = () => {
        feed('away:1|c\naway.time:5:7|d');
        pass(1);
      };
      for (let i = 0; i < 20; i++) second();
      await settled();
      await engine.goDown();
      feed('born:4|c');
      for (let i = 0; i < 30; i++) second();
      await until(() => writer.stats().retries > 2);
      expect(writer.stats().queued.requests).toBe(3);
      await engine.comeBack();
      await settled();
      for (let i = 0; i < 10; i++) second();
      await writer.close();
      const end = clock.ms;
      expect(await value(increase('away_total', 60), end)).toBe(60);
      expect(await value(increase('away_time_count', 60), end)).toBe(120);
      expect(await value(increase('born_total', 60), end)).toBe(4);
      for (let tick = 10; tick <= 60; tick += 10) {
        expect(await value(increase('away_total', 10), start + tick * 1000), `at ${tick} s`).toBe(10);
      }
      expect(writer.stats()).toMatchObject({ dropped: { refused: 0, left: 0 } });
    });

    it('that hangs for a while gets all of it when it goes on', async () => {
      const { feed, pass, settled, writer, clock } = await collector({
        tuning: { delays: { timeout: 300 } },
      });
      feed('hung:1|c\nhung.time:5|d');
      pass(10);
      await settled();
      engine.hang();
      for (let i = 0; i < 30; i++) {
        feed('hung:1|c\nhung.time:5:7|d');
        pass(1);
      }
      await until(() => writer.stats().retries > 1).finally(engine.goOn);
      expect(writer.stats()).toMatchObject({ lastError: expect.stringContaining('nothing in 300 ms') });
      await settled();
      await writer.close();
      const end = clock.ms;
      expect(await value(increase('hung_total', 40), end)).toBe(31);
      expect(await value(increase('hung_time_count', 30), end)).toBe(60);
      expect(writer.stats()).toMatchObject({ dropped: { refused: 0, left: 0 } });
    });

    it('adds up the runs of a collector that was restarted', async () => {
      let at = start;
      for (const [run, seconds] of [7, 13, 21].entries()) {
        const { feed, pass, writer, clock } = await collector({ start: at });
        for (let i = 0; i < seconds; i++) {
          feed('restarted:2|c');
          pass(1);
        }
        clock.ms += 300;
        await writer.close();
        expect(writer.stats().dropped).toMatchObject({ refused: 0, left: 0 });
        at = clock.ms + 1000 * (run + 1);
      }
      const end = Math.ceil(at / 10_000) * 10_000;
      expect(await value(increase('restarted_total', (end - start) / 1000), end)).toBe(82);
      expect((await engine.query('count_over_time(restarted_total[5m])', end)).length).toBe(3);
    });

    it.each([
      [-300, 'behind'],
      [300, 'ahead'],
    ])('takes hosts whose clocks are %i s off beside others', async (seconds, words) => {
      const now = Math.floor(Date.now() / 10_000) * 10_000 - 30_000;
      const name = `skewed_${words}`;
      const right = await collector({ start: now });
      const wrong = await collector({ start: now + seconds * 1000, labels: new Map([['host', 'web-2']]) });
      for (let i = 0; i < 20; i++) {
        for (const { feed, pass } of [right, wrong]) {
          feed(`${name}:1|c\n${name}.time:8|d`);
          pass(1);
        }
        if (i % 10 === 9) await Promise.all([right.settled(), wrong.settled()]);
      }
      // Within the minute that this test's own clock is off.
      expect(Math.abs(wrong.writer.stats().clockSkew! - seconds)).toBeLessThan(60);
      expect(wrong.told).toEqual([expect.stringContaining(words)]);
      for (const { writer } of [right, wrong]) {
        await writer.close();
        expect(writer.stats().dropped.refused).toBe(0);
      }
      const end = Math.max(right.clock.ms, wrong.clock.ms);
      for (const series of [`${name}_total`, `${name}_time_count`]) {
        expect(await value(increase(series, 320), end)).toBe(40);
      }
    });

    it('gets a request again whose answer was lost, and counts it once', async () => {
      const proxy = await startProxy(engine.url);
      const { feed, pass, settled, writer, clock, told } = await collector({}, proxy.url);
      proxy.loseAnswers(2);
      for (let i = 0; i < 3; i++) {
        feed('lost:5|c\nlost.time:1:2:3|d');
        pass(10);
      }
      await settled();
      expect(proxy.lost).toBe(2);
      expect(writer.stats()).toMatchObject({ sent: 3, retries: 2, dropped: { refused: 0 } });
      expect(told.filter((text) => !text.includes('clock'))).toEqual([expect.stringContaining('no answer')]);
      expect(await value(increase('lost_total', 30), clock.ms)).toBe(15);
      expect(await value(increase('lost_time_count', 30), clock.ms)).toBe(9);
      await writer.close();
      await proxy.close();
    });
  },
);

describe.skipIf(missing !== null)('what does not fit', () => {
  it.skipIf(isPrometheus3)(
    'native histograms for a Prometheus without them are lost, counted and told',
    async () => {
      const prometheus = await startPrometheus({ isReceiver: true });
      const { feed, pass, settled, writer, told } = startCollector(prometheus.url, {
        start,
        histograms: 'native',
      });
      await settled();
      feed('m:1|d');
      pass(10);
      await settled();
      expect(told.at(-1)).toMatch(/native histograms are disabled; \d+ samples were lost; start it with/);
      expect(writer.stats()).toMatchObject({ sent: 0, retries: 0 });
      expect(writer.stats().dropped.refused).toBeGreaterThan(0);
      await writer.close();
      await prometheus.stop();
    },
  );

  it.skipIf(!isPrometheus3).for(['1.0', '2.0'])(
    'a Prometheus that reads remote write %s alone gets that, wherever it is said to be',
    async (message, { onTestFinished }) => {
      const name = message === '1.0' ? 'prometheus.WriteRequest' : 'io.prometheus.write.v2.Request';
      const flag = `--web.remote-write-receiver.accepted-protobuf-messages=${name}`;
      const prometheus = await startPrometheus({ isReceiver: true, flags: [flag] });
      onTestFinished(() => prometheus.stop());
      // Of a full address with histograms given nothing is asked: only its answers tell.
      for (const [path, histograms] of [
        ['', 'auto'],
        ['/api/v1/write', 'native'],
      ] as const) {
        const labels = new Map([['host', histograms]]);
        const one = startCollector(prometheus.url + path, { start, histograms, labels });
        await one.settled();
        for (let i = 0; i < 3; i++) {
          one.feed('read:1|c\nread.time:5|d');
          one.pass(10);
        }
        await one.settled();
        await one.writer.close();
        expect(one.writer.stats()).toMatchObject({ message, dropped: { refused: 0, left: 0 } });
        const answer = await prometheus.query(`read_total{host="${histograms}"}`, one.clock.ms);
        expect(answer.map(({ value }) => value[1])).toEqual(['3']);
      }
    },
  );

  it('a Prometheus that takes no remote write is told what it lacks', async () => {
    const prometheus = await startPrometheus({});
    const { feed, pass, settled, writer, told } = startCollector(prometheus.url, {
      start,
      histograms: 'auto',
    });
    await settled();
    feed('m:1|d');
    pass(10);
    await settled();
    expect(told[0]).toContain('start it with --web.enable-remote-write-receiver');
    expect(writer.stats().dropped.refused).toBeGreaterThan(0);
    await writer.close();
    await prometheus.stop();
  });
});
