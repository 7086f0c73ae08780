import { type RuntimeMetric, reading } from './metric.ts';

/** Node has some twenty kinds; an addon could add more without end. */
const KINDS = 64;

export const handles: RuntimeMetric = {
  sends: {
    'nodejs.handles.active':
      'sockets, servers, timers and requests that keep the process alive, tagged `kind`',
  },
  start(meter) {
    const seen = new Map<string, number>();
    return reading(() => {
      // A kind that is gone is told as none, not by silence.
      for (const kind of seen.keys()) seen.set(kind, 0);
      for (const kind of process.getActiveResourcesInfo()) {
        if (seen.has(kind) || seen.size < KINDS) seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }
      for (const [kind, count] of seen) meter.gauge('nodejs.handles.active', count, { tags: { kind } });
    });
  },
};
