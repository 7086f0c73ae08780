import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { PROMETHEUS_PROGRAMS, startPrometheus } from '../../../testkit/src/servers/prometheus.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { exact, random } from '../helpers.ts';
import { startCollector } from './collector.ts';

const missing = await debianPrograms({ ...PROMETHEUS_PROGRAMS, ...VICTORIA_PROGRAMS });

/** Engines take the past minutes: nothing has to wait for ticks. */
const start = Math.floor((Date.now() - 300_000) / 10_000) * 10_000;

interface Engine {
  url: string;
  query(
    expression: string,
    at?: number,
  ): Promise<{ metric: Record<string, string>; value: [number, string] }[]>;
  stop(): Promise<void>;
}

const engines = [
  {
    name: 'VictoriaMetrics',
    start: (): Promise<Engine> => startVictoriaMetrics(),
    histograms: 'vmrange',
    quantile: (q: number) => `histogram_quantile(${q}, sum(increase(request_bucket[1m])) by (vmrange))`,
    /** Of a range, and the store's bin. */
    error: 0.137 + 0.0075,
  },
  {
    name: 'Prometheus with native histograms',
    start: (): Promise<Engine> => startPrometheus({ isReceiver: true, features: ['native-histograms'] }),
    histograms: 'native',
    quantile: (q: number) => `histogram_quantile(${q}, sum(rate(request[1m])))`,
    error: 0.02,
  },
  {
    name: 'Prometheus',
    start: (): Promise<Engine> => startPrometheus({ isReceiver: true }),
    histograms: 'classic',
    quantile: (q: number) => `histogram_quantile(${q}, sum(rate(request_bucket[1m])) by (le))`,
    /** Of the widest bucket that the samples fall into: 20 to 50. */
    error: 1.5,
  },
];

describe.skipIf(missing !== null).each(engines)(
  '$name',
  ({ start: startEngine, histograms, quantile, error }) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await startEngine();
    });
    afterAll(() => engine?.stop());
    const value = async (expression: string, at: number) =>
      Number((await engine.query(expression, at))[0]?.value[1] ?? Number.NaN);

    it('gets exact counts and sums, and quantiles within the stated error', async () => {
      const { feed, pass, settled, writer, clock, told } = startCollector(engine.url, {
        start,
        histograms: 'auto',
      });
      await settled();
      const next = random(1);
      const all: number[] = [];
      for (let second = 0; second < 60; second++) {
        const values = Array.from({ length: 50 }, () =>
          Number((10 * Math.exp(next() * 4 - 1)).toPrecision(5)),
        );
        all.push(...values);
        feed(`request:${values.join(':')}|d|#host:web-2\norders:3|c\nqueue:${second}|g`);
        pass(1);
      }
      await settled();
      expect(told.filter((text) => !text.includes('clock'))).toEqual([]);
      expect(writer.stats()).toMatchObject({ histograms, dropped: { refused: 0 } });
      const end = clock.ms;
      const increase = (name: string) => `max_over_time(${name}[60001ms]) - min_over_time(${name}[60001ms])`;
      expect(await value(increase('request_count'), end)).toBe(3000);
      expect(await value(increase('orders_total'), end)).toBe(180);
      expect(await value(increase('request_sum'), end)).toBeCloseTo(
        all.reduce((a, b) => a + b, 0),
        6,
      );
      expect(await value('queue', end)).toBe(59);
      const sorted = Float64Array.from(all).sort();
      for (const q of [0.5, 0.9, 0.95, 0.99]) {
        const right = exact(sorted, q);
        const answer = await value(quantile(q), end);
        expect(Math.abs(answer / right - 1), `p${q * 100}: ${answer}, exactly ${right}`).toBeLessThan(error);
      }
      await writer.close();
    });
  },
);
