import type { Meter } from '../meter/index.ts';
import { ownMeter } from './own-meter.ts';
import { followProcess, handOver } from './plugin.ts';
import { type KitEvent, nameEvent } from './told/kit.ts';

/** A `handle` hook of SvelteKit. */
// biome-ignore lint/suspicious/noExplicitAny: event and answer are SvelteKit's, of the application's own types
export type SvelteKitHandle = (input: { event: any; resolve: (event: any) => any }) => any;

/**
 * Measures every request of a SvelteKit 2 or 3 application on adapter-node, by the id of the route that answered.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * // src/hooks.server.js
 * export const handle = sveltekitMeter()
 */
export function sveltekitMeter(meter?: Meter): SvelteKitHandle {
  const own = ownMeter(
    meter,
    'sveltekitMeter() takes a meter, or nothing: export const handle = sveltekitMeter(createMeter(...))',
  );
  followProcess();
  return ({ event, resolve }) => {
    const { platform } = event as KitEvent;
    handOver(platform?.req, own);
    nameEvent(event as KitEvent);
    return resolve(event);
  };
}
