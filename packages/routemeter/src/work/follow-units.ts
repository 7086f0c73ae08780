import { RoutemeterError } from '../errors/index.ts';
import type { Meter } from '../meter/index.ts';
import { unitInstallation } from './installation.ts';

/**
 * Measures the jobs and messages that libraries hand to an application, where that runs without the preload:
 * what it imports of each, before it makes workers and consumers of them. They are recorded by the meter that is
 * given first, or else by the process's own.
 *
 * @throws RoutemeterError RM_UNIT_UNKNOWN for a module of a library that cannot be followed.
 *
 * @example
 * import * as bullmq from 'bullmq'
 * import { units } from 'routemeter/units'
 * units(bullmq)
 */
export function units(...given: readonly unknown[]): void {
  const meter = isMeter(given[0]) ? given[0] : null;
  const modules = meter === null ? given : given.slice(1);
  const installation = unitInstallation();
  if (meter !== null) installation.recordBy(meter);
  for (const [index, module] of modules.entries()) {
    if (meter?.enabled === false) {
      if (installation.knows(module)) continue;
    } else if (installation.add(module) !== null) continue;
    throw new RoutemeterError(
      'RM_UNIT_UNKNOWN',
      `units(): module ${index + 1} is none of a library whose jobs or messages can be followed; give what you import of it, such as units(bullmq)`,
    );
  }
}

/** A meter of another copy of the library counts too. */
function isMeter(given: unknown): given is Meter {
  return typeof (given as Partial<Meter> | null | undefined)?.openWork === 'function';
}
