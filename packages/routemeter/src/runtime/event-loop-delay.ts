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
    histogram.enable();
    // The histogram holds whole intervals: what is beyond the resolution is the delay.
    const delay = (nanoseconds: number) => rounded(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS));
    return {
      collect() {
        if (histogram.count === 0) return;
        for (const percentile of PERCENTILES)
          meter.gauge(`nodejs.event_loop.delay.p${percentile}`, delay(histogram.percentile(percentile)));
        meter.gauge('nodejs.event_loop.delay.max', delay(histogram.max));
        histogram.reset();
      },
      stop: () => void histogram.disable(),
    };
  },
};
