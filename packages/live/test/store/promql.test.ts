import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import {
  isPrometheus3,
  PROMETHEUS_PROGRAMS,
  startPrometheus,
} from '../../../testkit/src/servers/prometheus.ts';
import { startVictoriaMetrics, VICTORIA_PROGRAMS } from '../../../testkit/src/servers/victoria-metrics.ts';
import { MemoryStore } from '../../src/store/memory/memory.ts';
import { PromqlStore } from '../../src/store/promql/promql.ts';
import type { HistogramName } from '../../src/write/histograms/kind.ts';
import { Writer } from '../../src/write/writer.ts';
import { FakeClock, until } from '../helpers.ts';
import { readerContract, type StoreOptions, type Tested } from './contract.ts';

const missing = await debianPrograms({ ...PROMETHEUS_PROGRAMS, ...VICTORIA_PROGRAMS });

/** Engines take the past, Prometheus an hour of it. */
const start = Math.floor((Date.now() - 3_000_000) / 60_000) * 60_000;
const TICK_SECONDS = 10;
const LAG_SECONDS = 5;

const engines: {
  name: string;
  launch: () => Promise<{ url: string; hang(): void; goOn(): void; stop(): Promise<void> }>;
  histograms?: HistogramName;
  error: number;
}[] = [
  {
    name: 'VictoriaMetrics',
    launch: () => startVictoriaMetrics(),
    /** Its ranges have a ratio of 1.136: 6.6 % to both sides of the middle, and the collector's own bins. */
    error: 0.075,
  },
  {
    name: 'Prometheus',
    launch: () => startPrometheus({ isReceiver: true }),
    /** As wide as the bucket that it fell into. */
    error: Number.POSITIVE_INFINITY,
  },
  {
    name: 'Prometheus with native histograms',
    launch: () => startPrometheus({ isReceiver: true, features: ['native-histograms'] }),
    /** Buckets 1.09 % wide, and the collector's own bins. */
    error: 0.014,
  },
  ...(isPrometheus3
    ? [
        {
          name: 'Prometheus with custom buckets',
          launch: () => startPrometheus({ isReceiver: true }),
          histograms: 'custom' as const,
          error: Number.POSITIVE_INFINITY,
        },
      ]
    : []),
];

describe.skipIf(missing !== null).each(engines)(
  'promql over $name',
  ({ name, launch, histograms, error }) => {
    let engine: { url: string; hang(): void; goOn(): void; stop(): Promise<void> };
    const writers: Writer[] = [];
    let cases = 0;
    beforeAll(async () => {
      engine = await launch();
    });
    afterAll(async () => {
      await Promise.all(writers.map((writer) => writer.close()));
      await engine?.stop();
    });

    /** A collector and a reader, apart from those of other cases by a label. */
    async function create({ clock, ...options }: StoreOptions): Promise<Tested> {
      const name = `case${cases++}`;
      const recorder = new MemoryStore({ ...options, clock: clock.now });
      const writer = new Writer(recorder, {
        url: engine.url,
        histograms: histograms ?? 'auto',
        labels: new Map([
          ['host', 'web-1'],
          ['case', name],
        ]),
        headers: {},
        ...options,
        version: '0.0.0',
        clock: clock.now,
        warn: () => {},
      });
      writers.push(writer);
      await until(() => writer.stats().histograms !== null);
      const reader = new PromqlStore({ url: new URL(engine.url), where: { case: name }, clock: clock.now });
      // Time that passes is noticed as it is in a server: every tick is written.
      const advance = clock.advance.bind(clock);
      clock.advance = (seconds) => {
        for (let passed = 0; passed < seconds; passed++) {
          advance(1);
          recorder.tick();
          writer.tick();
        }
      };
      return {
        recorder,
        reader,
        async settle() {
          const over = (clock.ms / 1000) % TICK_SECONDS;
          clock.advance(TICK_SECONDS - over + LAG_SECONDS);
          await until(() => writer.stats().queued.requests === 0 && !writer.isBusy);
          expect(writer.stats().dropped.refused).toBe(0);
          if (engine.url !== undefined)
            await fetch(`${engine.url}/internal/force_flush`).then((one) => one.text());
        },
      };
    }

    readerContract(name, create, {
      slot: TICK_SECONDS,
      error,
      start,
      unknown: {
        samplesOfCounters: 'a counter is written as its value alone, and a set as the number of its members',
        valuesOfGauges: 'a gauge is written as it stands at the tick',
        last: 'series that live are written again each minute, with or without samples',
      },
    });

    it('waits for an engine that hangs no longer than its time, and asks again when it goes on', async () => {
      const clock = new FakeClock(start);
      const { recorder, settle } = await create({ clock, retention: 3600, maxSeries: 100 });
      recorder.add(recorder.open({ name: 'h', type: 'count', tags: [] }), Float64Array.of(7), 1, 1);
      await settle();
      const where = { case: `case${cases - 1}` };
      const reader = new PromqlStore({ url: new URL(engine.url), where, clock: clock.now, timeoutMs: 1000 });
      const query = { names: ['h'], by: [], from: start, to: clock.ms, quantiles: [] };
      engine.hang();
      await expect(reader.summary(query))
        .rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
        .finally(engine.goOn);
      let sums: number[] = [];
      await until(async () => {
        sums = (await reader.summary(query).catch(() => [])).map(({ sum }) => sum);
        return sums.length > 0;
      });
      expect(sums).toEqual([7]);
      reader.close();
    });

    it('answers nothing of a tick that is not complete, however wide its steps are', async () => {
      const clock = new FakeClock(start);
      const { recorder, reader, settle } = await create({ clock, retention: 3600, maxSeries: 100 });
      const add = (count: number) => {
        const series = recorder.open({ name: 'p', type: 'count', tags: [] });
        recorder.add(series, Float64Array.of(count), 1, 1);
      };
      const from = clock.ms;
      for (let tick = 0; tick < 3; tick++) {
        add(10);
        if (tick < 2) clock.advance(TICK_SECONDS);
      }
      await settle();
      // The next one is in the engine already, from this host; others may still be on the way.
      const known = reader.until();
      add(1000);
      clock.advance(TICK_SECONDS - LAG_SECONDS + 1);
      const writer = writers.at(-1)!;
      await until(() => writer.stats().queued.requests === 0 && !writer.isBusy);
      await fetch(`${engine.url}/internal/force_flush`).then((one) => one.text());
      expect(reader.until()).toBe(known);
      for (const step of [10, 20, 30, 60]) {
        const query = { names: ['p'], by: [], from, to: clock.ms, step, quantiles: [] };
        const { series, step: width } = await reader.points(query);
        expect(width).toBe(step);
        const sums = series[0]!.points.map((point) => point?.sum ?? 0);
        expect(sums.reduce((a, b) => a + b)).toBe(30);
        expect(sums.length).toBe(Math.ceil(30 / step));
      }
    });
  },
);
