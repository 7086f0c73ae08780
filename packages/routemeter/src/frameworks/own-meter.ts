import { RoutemeterError } from '../errors/index.ts';
import { defaultMeter, type Meter } from '../meter/index.ts';
import { hasEntry } from '../request/index.ts';

/**
 * The meter that an application handed in, or null where it leaves the choice to us. A meter of another copy
 * of the library counts too, so it is known by what it can do.
 *
 * @param remedy says what takes a meter, and how it is written.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 */
export function ownMeter(meter: Meter | undefined, remedy: string): Meter | null {
  if (meter === undefined) return null;
  if (typeof (meter as Partial<Meter> | null)?.time === 'function') return meter;
  throw new RoutemeterError('RM_OPTION_INVALID', remedy);
}

/**
 * Whether there is nothing to do: the meter is switched off. Under the preload there is all the same, as the
 * application's meter then silences the process's own.
 *
 * @param own the application's meter, or null for the process's.
 */
export function isOff(own: Meter | null): boolean {
  return (own ?? defaultMeter()).enabled === false && !hasEntry();
}
