import { type RuntimeMetric, reading } from './metric.ts';

export const heap: RuntimeMetric = {
  sends: {
    'nodejs.heap.used': 'bytes of live and dead objects on the JavaScript heap',
    'nodejs.heap.total': 'bytes that the heap has from the system',
    'nodejs.heap.limit': 'bytes that it may have before the process ends',
    'nodejs.heap.space.used': 'bytes used of one heap space, tagged `space`',
  },
  start(meter) {
    const { getHeapSpaceStatistics, getHeapStatistics } = process.getBuiltinModule('node:v8');
    return reading(() => {
      const heap = getHeapStatistics();
      meter.gauge('nodejs.heap.used', heap.used_heap_size);
      meter.gauge('nodejs.heap.total', heap.total_heap_size);
      meter.gauge('nodejs.heap.limit', heap.heap_size_limit);
      for (const { space_name: space, space_used_size: used } of getHeapSpaceStatistics())
        meter.gauge('nodejs.heap.space.used', used, { tags: { space } });
    });
  },
};
