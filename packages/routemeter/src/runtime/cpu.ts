import { engine } from '../attribution/index.ts';
import { type RuntimeMetric, reading, rounded } from './metric.ts';

export const cpu: RuntimeMetric = {
  sends: {
    'nodejs.cpu.user': 'ms of CPU of the whole process in its own code, all threads, since the last flush',
    'nodejs.cpu.system': 'ms of CPU that the system spent for it',
    'nodejs.cpu.requests':
      'ms of CPU of the event loop that belong to measured requests and blocks; only where CPU is exact, and not while it is measured in slices',
    'nodejs.cpu.outside': 'ms of CPU of the event loop that belong to none of them',
  },
  start(meter) {
    let last = process.cpuUsage();
    let loop = engine().totals();
    return reading(() => {
      const now = process.cpuUsage();
      meter.count('nodejs.cpu.user', rounded((now.user - last.user) / 1000));
      meter.count('nodejs.cpu.system', rounded((now.system - last.system) / 1000));
      last = now;
      if (meter.core.config.cpu === 'off' || engine().cpuMode().mode !== 'exact') return;
      const before = loop;
      loop = engine().totals();
      const measured = meter.core.measured();
      if (measured !== null && measured.share < 1) return;
      meter.count('nodejs.cpu.requests', rounded(Math.max(0, loop.owned - before.owned)));
      meter.count('nodejs.cpu.outside', rounded(Math.max(0, loop.outside - before.outside)));
    });
  },
};
