import { installation } from '../calls/index.ts';
import { defaultMeter } from '../meter/index.ts';

/**
 * Follows calls of upstreams, where the environment or routemeter-live wants them. Apart from `follow.ts`: where
 * nobody does, nothing of it is loaded.
 */
export function followCalls(): void {
  installation().follow(defaultMeter());
}
