import { type RuntimeMetric, rounded } from './metric.ts';

export const gc: RuntimeMetric = {
  sends: {
    'nodejs.gc.pause':
      'ms of one garbage collection, tagged `kind`: minor, major, incremental or weak_callbacks',
  },
  start(meter) {
    const { constants, PerformanceObserver } = process.getBuiltinModule('node:perf_hooks');
    const kinds = new Map([
      [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
      [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
      [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
      [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak_callbacks'],
    ]);
    const record = meter[meter.core.config.timings].bind(meter);
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
        record('nodejs.gc.pause', rounded(entry.duration), { tags: { kind: kinds.get(kind) ?? 'other' } });
      }
    });
    observer.observe({ entryTypes: ['gc'] });
    return { collect() {}, stop: () => observer.disconnect() };
  },
};
