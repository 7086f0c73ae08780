import { type RuntimeMetric, reading, rounded } from './metric.ts';

export const eventLoopUtilization: RuntimeMetric = {
  sends: {
    'nodejs.event_loop.utilization':
      'share of the time since the last flush in which the loop was not idle, 0 to 1',
  },
  start(meter) {
    const { performance } = process.getBuiltinModule('node:perf_hooks');
    let last = performance.eventLoopUtilization();
    return reading(() => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      meter.gauge('nodejs.event_loop.utilization', rounded(utilization));
    });
  },
};
