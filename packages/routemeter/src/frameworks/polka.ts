import type { Meter } from '../meter/index.ts';
import { measured } from './handler.ts';
import { isOff, ownMeter } from './own-meter.ts';
import { followPolka, type Polka } from './polka/follow.ts';

/**
 * Measures every request of a polka 0.5 application, by the path of the route that polka finds, and returns the
 * application. Stands before `listen`, and before the handler is given to a server.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * const app = polkaMeter(polka())
 */
export function polkaMeter<A extends object>(app: A, meter?: Meter): A {
  const own = ownMeter(
    meter,
    'polkaMeter() takes a meter after the application, or none: polkaMeter(polka(), createMeter(...))',
  );
  if (isOff(own)) return app;
  const polka = app as unknown as Polka & { handler: (...args: never[]) => unknown };
  polka.handler = measured(own, polka.handler);
  // Of the class: applications that are mounted are of it, too.
  followPolka(Object.getPrototypeOf(polka) as Polka);
  return app;
}
