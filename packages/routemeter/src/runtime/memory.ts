import { type RuntimeMetric, reading } from './metric.ts';

export const memory: RuntimeMetric = {
  sends: {
    'nodejs.memory.rss': 'bytes of the process in physical memory',
    'nodejs.memory.external': 'bytes outside the heap that JavaScript objects hold, buffers included',
    'nodejs.memory.array_buffers': 'bytes of buffers',
  },
  start: (meter) =>
    reading(() => {
      const { rss, external, arrayBuffers } = process.memoryUsage();
      meter.gauge('nodejs.memory.rss', rss);
      meter.gauge('nodejs.memory.external', external);
      meter.gauge('nodejs.memory.array_buffers', arrayBuffers);
    }),
};
