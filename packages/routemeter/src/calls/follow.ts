import { textOf, warnOnce } from '../errors/index.ts';
import type { Meter } from '../meter/index.ts';
import { withCalls } from './load/bundled.ts';

/** Follows the calls of upstreams for a meter, if it sends any; otherwise nothing is loaded. Never throws. */
export function followCalls(meter: Meter): void {
  if (!meter.core.followsCalls) return;
  try {
    withCalls(({ installation }) => installation().follow(meter));
  } catch (error) {
    warnOnce('RM_INTERNAL', 'calls', `calls cannot be followed: ${textOf(error)}`);
  }
}
