import type { Meter } from '../meter/index.ts';
import { tracker } from '../request/index.ts';
import { noteFailure } from './failure.ts';
import { type Context, followMatch, type Next, spanOf } from './hono/follow.ts';
import { isOff, ownMeter } from './own-meter.ts';

/** A middleware of Hono. */
// biome-ignore lint/suspicious/noExplicitAny: the context is Hono's, of the application's own types
export type HonoMiddleware = (context: any, next: Next) => Promise<void>;

/**
 * Measures every request of a Hono 4 application on @hono/node-server, by the path of the route that
 * answered. Stands first in the application. On other servers, and for `app.request()`, it does nothing.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * app.use(honoMeter(createMeter({ prefix: 'myapp' })))
 */
export function honoMeter(meter?: Meter): HonoMiddleware {
  const own = ownMeter(
    meter,
    'honoMeter() takes a meter, or nothing: write app.use(honoMeter()) or app.use(honoMeter(createMeter(...)))',
  );
  if (isOff(own)) return (_context, next) => next();
  return async function honoMeter(context: Context, next) {
    const { incoming, outgoing } = context.env ?? {};
    if (incoming === undefined || outgoing === undefined) return next();
    const all = tracker();
    const isRunning = all.spanOf(incoming) !== undefined;
    const span = all.claim(incoming, outgoing, own);
    // Another request that an application made of itself, with the bindings of its own.
    if (span === null || spanOf(context) === null) return next();
    followMatch(context);
    if (isRunning) await next();
    else await all.run(span, outgoing, next, undefined, undefined, undefined, undefined);
    // An error that a middleware threw was answered by now, and is kept here.
    if (context.error !== undefined) noteFailure(span, context.error);
  };
}
