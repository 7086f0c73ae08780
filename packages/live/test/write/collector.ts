import { Writer, type WriterOptions } from '../../src/write/writer.ts';
import { FakeClock, pipeline, until } from '../helpers.ts';
import { textOf, type WrittenSeries } from './receiver.ts';

/** A tick, at a multiple of ten seconds. */
export const START = 1_700_000_000_000;

/** Ingest, store and writer without sockets, on a clock that moves when told to. */
export function startCollector(url: string, options: Partial<WriterOptions> & { start?: number } = {}) {
  const clock = new FakeClock(options.start ?? START);
  const { store, feed } = pipeline({ clock: clock.now, maxSeries: options.maxSeries ?? 1000 });
  const told: string[] = [];
  const writer = new Writer(store, {
    url,
    histograms: 'classic',
    labels: new Map([['host', 'web-1']]),
    headers: {},
    maxSeries: 1000,
    retention: 3600,
    version: '0.0.0',
    clock: clock.now,
    warn: (text) => told.push(text),
    tuning: { delays: { firstRetry: 10, longestRetry: 50, exit: 500 }, ...options.tuning },
    ...options,
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
    async settled(): Promise<void> {
      await until(() => writer.stats().queued.requests === 0 && !writer.isBusy);
    },
  };
}

/** Samples by series, as `[seconds since START, value]`, without what says who wrote them. */
export function samplesOf(series: readonly WrittenSeries[]): Record<string, [number, number][]> {
  const found: Record<string, [number, number][]> = {};
  for (const one of series) {
    const text = textOf(one, ['job', 'instance', 'host']);
    if (text.startsWith('routemeter_')) continue;
    const points = one.samples.map(({ value, timestamp }): [number, number] => [
      (timestamp - START) / 1000,
      value,
    ]);
    found[text] = [...(found[text] ?? []), ...points];
  }
  return found;
}
