import { followCalls } from './calls/follow.ts';
import { type Meter, type MeterOptions, createMeter as make } from './meter/index.ts';
import { startRuntime } from './runtime/index.ts';

/**
 * Makes a meter. It opens no socket and starts no timer before the first sample.
 *
 * @throws RoutemeterError for an option that does not exist or is out of range, with its value and
 * the remedy. A wrong environment value warns once and counts as not set.
 *
 * @example
 * import { createMeter } from 'routemeter'
 * const meter = createMeter({ prefix: 'myapp', tags: { app: 'myapp', stage: 'testing' } })
 */
export function createMeter(options: MeterOptions = {}): Meter {
  const meter = make(options);
  if (meter.core.config.runtime === true) startRuntime(meter);
  followCalls(meter);
  return meter;
}
