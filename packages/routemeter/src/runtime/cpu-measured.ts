import { type RuntimeMetric, reading, rounded } from './metric.ts';

/** Sent once it is not all that is measured: before that, and where no ceiling is set, it tells nothing. */
export const cpuMeasured: RuntimeMetric = {
  sends: {
    'nodejs.cpu.measured':
      'share of requests and other units of work whose CPU is measured; sent from the first time on that all of it would take more than cpuCeiling',
    'nodejs.cpu.measuring': 'share of the event loop that this takes, by estimate; sent with it',
  },
  start(meter) {
    let isLess = false;
    return reading(() => {
      if (meter.core.config.cpu !== 'auto') return;
      const measured = meter.core.measured();
      if (measured === null) return;
      isLess ||= measured.share < 1;
      if (!isLess) return;
      meter.gauge('nodejs.cpu.measured', measured.share);
      meter.gauge('nodejs.cpu.measuring', rounded(measured.overhead));
    });
  },
};
