import type { Meter } from '../meter/index.ts';
import { tracker } from '../request/index.ts';
import { noteFailure } from './failure.ts';
import { lookBack, prepare } from './koa/follow.ts';
import type { Context, Next } from './koa/types.ts';
import { isOff, ownMeter } from './own-meter.ts';

/** A middleware of Koa. */
// biome-ignore lint/suspicious/noExplicitAny: the context is Koa's, of the application's own types
export type KoaMiddleware = (context: any, next: Next) => Promise<unknown>;

/**
 * Measures every request of a Koa 2 or 3 application, by the path of the route of @koa/router that
 * answered. Stands first in the application.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * app.use(koaMeter(createMeter({ prefix: 'myapp' })))
 */
export function koaMeter(meter?: Meter): KoaMiddleware {
  const own = ownMeter(
    meter,
    'koaMeter() takes a meter, or nothing: write app.use(koaMeter()) or app.use(koaMeter(createMeter(...)))',
  );
  if (isOff(own)) return (_context, next) => next();
  return async function koaMeter(context: Context, next) {
    prepare(context.app);
    const all = tracker();
    const { req, res } = context;
    const isRunning = all.spanOf(req) !== undefined;
    const span = all.claim(req, res, own);
    if (span === null) return next();
    try {
      const result = isRunning
        ? await next()
        : await all.run(
            span,
            res,
            next as () => Promise<unknown>,
            undefined,
            undefined,
            undefined,
            undefined,
          );
      lookBack(context, span);
      return result;
    } catch (error) {
      noteFailure(span, error);
      lookBack(context, span);
      throw error;
    }
  };
}
