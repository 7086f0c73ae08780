import { Writer, type WriterOptions, type WriterTuning } from '../../src/write/writer.ts';
import { FakeClock, pipeline, until } from '../helpers.ts';
import { textOf, type WrittenSeries } from './receiver.ts';

/** A tick, at a multiple of ten seconds. */
export const START = 1_700_000_000_000;

export interface CollectorOptions extends Partial<Omit<WriterOptions, 'tuning'>> {
  /** Unix ms; START by default. */
  start?: number;
  tuning?: WriterTuning;
}

/** Ingest, store and writer without sockets, on a clock that moves when told to. */
export function startCollector(
  url: string,
  { start = START, tuning = {}, ...options }: CollectorOptions = {},
) {
  const clock = new FakeClock(start);
  const { maxSeries = 1000, retention = 3600 } = options;
  const { store, feed } = pipeline({ clock: clock.now, maxSeries, retention });
  const told: string[] = [];
  const writer = new Writer(store, {
    url,
    histograms: 'classic',
    labels: new Map([['host', 'web-1']]),
    headers: {},
    maxSeries,
    retention,
    version: '0.0.0',
    clock: clock.now,
    warn: (text) => told.push(text),
    ...options,
    tuning: { ...tuning, delays: { firstRetry: 10, longestRetry: 50, exit: 500, ...tuning.delays } },
  });
  return {
    clock,
    store,
    writer,
    told,
    feed,
    /** Seconds pass, each with what is due. */
    pass(seconds: number): void {
      for (let i = 0; i < seconds; i++) {
        clock.advance(1);
        store.tick();
        writer.tick();
      }
    },
    /** Everything written so far was taken, or refused. */
    settled: () => until(() => writer.stats().queued.requests === 0 && !writer.isBusy),
  };
}

export type Point = [second: number, value: number];

/** Samples by series, in seconds since START; without those that explain others, and the labels of all. */
export function samplesOf(series: readonly WrittenSeries[]): Record<string, Point[]> {
  const found: Record<string, Point[]> = {};
  for (const one of series) {
    const text = textOf(one, ['job', 'instance', 'host']);
    if (text.startsWith('routemeter_')) continue;
    const points = one.samples.map(({ value, timestamp }): Point => [(timestamp - START) / 1000, value]);
    found[text] = [...(found[text] ?? []), ...points];
  }
  return found;
}
