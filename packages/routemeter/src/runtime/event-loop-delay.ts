import { outside } from '../attribution/index.ts';
import { clearTimeout, now, setTimeout, type Timer } from '../platform/index.ts';
import { type RuntimeMetric, rounded } from './metric.ts';

/** Finer ones wake an idle process more often than they tell. */
const RESOLUTION_MS = 20;
const PERCENTILES = [50, 95, 99];

export const eventLoopDelay: RuntimeMetric = {
  sends: {
    'nodejs.event_loop.delay.p50': 'ms that a timer of 20 ms came too late since the last flush, median',
    'nodejs.event_loop.delay.p95': 'the same, 95th percentile',
    'nodejs.event_loop.delay.p99': 'the same, 99th percentile',
    'nodejs.event_loop.delay.max': 'the same, longest',
  },
  start(meter) {
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    // The histogram leaves out what blocks the loop before its first tick, after enable() and after reset().
    let first = 0;
    let timer: Timer;
    const watchFirst = () => {
      const began = now();
      // Whoever asks for a flush has no part in it.
      timer = outside(() =>
        setTimeout(() => {
          first = Math.max(0, now() - began - RESOLUTION_MS);
        }, RESOLUTION_MS),
      ).unref();
    };
    histogram.enable();
    watchFirst();
    // The histogram holds whole intervals: what is beyond the resolution is the delay.
    const delay = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    return {
      collect() {
        if (histogram.count === 0) return;
        for (const percentile of PERCENTILES)
          meter.gauge(
            `nodejs.event_loop.delay.p${percentile}`,
            rounded(delay(histogram.percentile(percentile))),
          );
        meter.gauge('nodejs.event_loop.delay.max', rounded(Math.max(first, delay(histogram.max))));
        histogram.reset();
        first = 0;
        clearTimeout(timer);
        watchFirst();
      },
      stop() {
        histogram.disable();
        clearTimeout(timer);
      },
    };
  },
};
