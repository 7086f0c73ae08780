import { currentUnit, type Meter } from '../meter/index.ts';
import { requestOf } from '../request/index.ts';
import { ownMeter } from './own-meter.ts';
import { followProcess, handOverScope } from './plugin.ts';
import { watchStart } from './told/start.ts';

/** A server entry of TanStack Start. */
export interface StartEntry {
  // biome-ignore lint/suspicious/noExplicitAny: request and options are TanStack Start's, of the application's own types
  fetch(...args: any[]): any;
}

/**
 * Measures every request of a TanStack Start 1 server on Node, by the route that answered, and returns the server entry.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * // src/server.ts
 * import handler from '@tanstack/react-start/server-entry'
 * export default tanstackStartMeter(handler)
 */
export function tanstackStartMeter<E extends StartEntry>(entry: E, meter?: Meter): E {
  const own = ownMeter(
    meter,
    'tanstackStartMeter() takes a meter after the server entry, or none: tanstackStartMeter(handler, createMeter(...))',
  );
  followProcess();
  watchStart();
  if (own === null) return entry;
  const fetch: StartEntry['fetch'] = (...args) => {
    const span = requestOf(currentUnit());
    if (span !== null) handOverScope(span, own);
    return entry.fetch(...args);
  };
  return { ...entry, fetch };
}
