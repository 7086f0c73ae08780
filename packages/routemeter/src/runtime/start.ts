import { textOf, warnOnce } from '../errors/index.ts';
import type { Meter } from '../meter/index.ts';
import { RUNTIME_METRICS } from './list.ts';
import type { Running } from './metric.ts';

const started = new WeakMap<object, () => void>();

/**
 * Sends the metrics of the process with each flush of a meter, until the meter is closed or the
 * function returned is called. A second call for the same meter does nothing.
 */
export function startRuntime(meter: Meter): () => void {
  const { core } = meter;
  if (!meter.enabled || core.closed) return () => {};
  const known = started.get(core);
  if (known !== undefined) return known;
  const running: Running[] = [];
  for (const metric of RUNTIME_METRICS) {
    contained(() => running.push(metric.start(meter)));
  }
  const collect = () => {
    for (const metric of running) contained(() => metric.collect());
  };
  const stop = () => {
    const at = core.beforeTick.indexOf(collect);
    if (at < 0) return;
    core.beforeTick.splice(at, 1);
    started.delete(core);
    for (const metric of running) contained(() => metric.stop());
  };
  core.beforeTick.push(collect);
  core.whenClosed.push(stop);
  started.set(core, stop);
  // The first samples start the meter's clock, and are a base to compare with.
  collect();
  return stop;
}

function contained(step: () => void): void {
  try {
    step();
  } catch (error) {
    warnOnce('RM_INTERNAL', 'runtime', `a metric of the process failed and was contained: ${textOf(error)}`);
  }
}
