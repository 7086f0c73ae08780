import { currentUnit, type Meter } from '../meter/index.ts';
import { naming, requestOf } from '../request/index.ts';
import { ownMeter } from './own-meter.ts';
import { followProcess, handOverScope } from './plugin.ts';

/** What is used of an application of Elysia. */
interface Elysia {
  onRequest(hook: () => void): Elysia;
  onTransform(options: { as: 'global' }, hook: (context: { route: string }) => void): Elysia;
}

/** A plugin of Elysia. */
// biome-ignore lint/suspicious/noExplicitAny: the application is Elysia's, of its own types
export type ElysiaPlugin = <A>(app: A & any) => A;

/**
 * Measures every request of an Elysia 1 application on Node (`@elysiajs/node`), by the path of the route that
 * answered. Stands before the routes.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * new Elysia({ adapter: node() }).use(elysiaMeter()).get('/users/:id', ({ params }) => params)
 */
export function elysiaMeter(meter?: Meter): ElysiaPlugin {
  const own = ownMeter(
    meter,
    'elysiaMeter() takes a meter, or nothing: app.use(elysiaMeter(createMeter(...)))',
  );
  followProcess();
  return (app: Elysia) => {
    app.onRequest(() => {
      const span = requestOf(currentUnit());
      if (span === null) return;
      handOverScope(span, own);
      // A route, if there is one, has its name by the next hook.
      span.expectRoute();
    });
    return app.onTransform({ as: 'global' }, ({ route }) => {
      const span = requestOf(currentUnit());
      if (span === null) return;
      span.setRoute(route);
      naming().note('elysia');
    }) as never;
  };
}
