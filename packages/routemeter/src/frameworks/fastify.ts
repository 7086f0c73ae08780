import type { Meter } from '../meter/index.ts';
import { type FastifyInstance, measureRequests, warnInside } from './fastify/follow.ts';
import { isOff, ownMeter } from './own-meter.ts';

/** Options of the Fastify plugin. */
export interface FastifyMeterOptions {
  /** Default: the process's own meter. */
  meter?: Meter | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: it is Fastify's, of the application's own types
type Instance = any;

/** A plugin of Fastify 4 or 5. */
export type FastifyMeterPlugin = (
  instance: Instance,
  options: FastifyMeterOptions,
  done: (error?: Error) => void,
) => void;

/**
 * Measures every request of a Fastify 4 or 5 application, by the URL of its route. Register it
 * before the plugins and hooks that may answer by themselves.
 *
 * @throws RoutemeterError RM_OPTION_INVALID, through `register`, for a `meter` that is none.
 *
 * @example
 * await app.register(fastifyMeter, { meter: createMeter({ prefix: 'myapp' }) })
 */
export const fastifyMeter: FastifyMeterPlugin = (instance: FastifyInstance, { meter }, done) => {
  let own: Meter | null;
  try {
    own = ownMeter(
      meter,
      'the option "meter" of fastifyMeter takes a meter: app.register(fastifyMeter, { meter: createMeter(...) })',
    );
  } catch (error) {
    done(error as Error);
    return;
  }
  if (!isOff(own)) {
    measureRequests(instance, own);
    warnInside(instance);
  }
  done();
};

// Hooks of the plugin are to hold for the instance that registers it, not for itself alone.
Object.defineProperties(fastifyMeter, {
  [Symbol.for('skip-override')]: { value: true },
  [Symbol.for('fastify.display-name')]: { value: 'routemeter' },
  [Symbol.for('plugin-meta')]: { value: { name: 'routemeter', fastify: '4.x || 5.x' } },
});
