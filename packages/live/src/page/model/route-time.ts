import { computed } from '@preact/signals';
import { routes as loadRoutes } from '../api/client.ts';
import type { RouteRow } from '../api/types.ts';
import { clock, span } from './formatting.ts';
import { routes, windowSeconds } from './live.ts';
import { useLoad } from './load.ts';
import { tagParameters } from './tag-filter.ts';
import { lastOf, zoom } from './zoom.ts';

/** The time that the numbers of a route are over: the window, or the stretch that the charts show. */
export const routeTime = computed(() => {
  const stretch = zoom.value;
  return stretch
    ? { window: stretch.to - stretch.from, end: lastOf(stretch) }
    : { window: windowSeconds.value };
});

export const routeTimeWords = computed(() => {
  const stretch = zoom.value;
  return stretch
    ? `${clock(stretch.from * 1000)} to ${clock(stretch.to * 1000)}`
    : `last ${span(windowSeconds.value)}`;
});

/** Seconds that the numbers of a view are over, for their explanations. */
export const routeSeconds = computed(() => routeTime.value.window);

/** The past changes little: only where its last seconds are the present ones. */
const EVERY_MS = 5000;

/** All routes over that time; those of the window until the stretch has come. */
export function useRoutesInTime(): readonly RouteRow[] {
  const isPast = zoom.value !== null;
  const question = { ...routeTime.value, ...tagParameters() };
  const { data } = useLoad(
    isPast ? JSON.stringify(question) : '',
    (signal) => (isPast ? loadRoutes(question, signal) : Promise.resolve(null)),
    EVERY_MS,
  );
  return isPast && data ? data.routes : routes.value;
}
