import { currentUnit } from '../meter/index.ts';
import { naming, requestOf } from '../request/index.ts';
import { followProcess } from './plugin.ts';
import { noteServer } from './told/files.ts';

/** What is used of the context that Astro hands to a middleware. */
interface Context {
  routePattern?: string;
}

followProcess();

/** Routes that stand in for none. */
const STAND_INS = new Set(['/404', '/500']);

/** Part of the integration `routemeter/astro`: says which route a request is for. */
export function onRequest({ routePattern }: Context, next: () => unknown): unknown {
  const span = requestOf(currentUnit());
  if (span === null) return next();
  noteServer(span);
  // The page for an error is rendered after the one that failed.
  if (routePattern !== undefined && !STAND_INS.has(routePattern)) {
    span.setRoute(routePattern);
    naming().note('astro');
  } else if (span.name() === null) {
    span.expectRoute();
  }
  return next();
}
