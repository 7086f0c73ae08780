import type { Meter } from '../meter/index.ts';
import { ownMeter } from './own-meter.ts';
import { followProcess, handOverScope } from './plugin.ts';
import { followMatches, type RouteMatcher } from './told/remix.ts';

/**
 * Measures every request of a Remix 3 application on `node:http` (`remix/node-fetch-server`), by the pattern of the
 * route that answered, and returns the matcher, which goes into the router.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * const router = createRouter({ matcher: remixMeter(new ArrayMatcher()) })
 */
export function remixMeter<M extends object>(matcher: M, meter?: Meter): M {
  const own = ownMeter(
    meter,
    'remixMeter() takes a meter after the matcher, or none: remixMeter(new ArrayMatcher(), createMeter(...))',
  );
  followProcess();
  followMatches(matcher as unknown as RouteMatcher, (span) => handOverScope(span, own));
  return matcher;
}
