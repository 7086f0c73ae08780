import type { Meter } from '../meter/index.ts';
import { measured } from './handler.ts';
import { isOff, ownMeter } from './own-meter.ts';
import { askFrameworks } from './plugin.ts';
import { type App, noteLayers } from './told/tinyhttp.ts';

/**
 * Measures every request of a tinyhttp 3 application, by the path of the route that answered, and returns the
 * application. Stands before `listen`. Applications that are mounted in it take the line, too.
 *
 * It switches on tinyhttp's settings `enableReqRoute` and `bindAppToReqRes`, by which it tells what runs.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * const app = tinyhttpMeter(new App())
 */
export function tinyhttpMeter<A extends object>(app: A, meter?: Meter): A {
  const own = ownMeter(
    meter,
    'tinyhttpMeter() takes a meter after the application, or none: tinyhttpMeter(new App(), createMeter(...))',
  );
  if (isOff(own)) return app;
  const tiny = app as unknown as App & { attach: (...args: never[]) => unknown };
  tiny.attach = measured(own, tiny.attach);
  noteLayers(tiny);
  askFrameworks();
  return app;
}
