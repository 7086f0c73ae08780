import type { NamedPlugin } from '@hapi/hapi';
import type { Meter } from '../meter/index.ts';
import { follow, type HapiServer } from './hapi/follow.ts';
import { isOff, ownMeter } from './own-meter.ts';

/** Options of the hapi plugin. */
export interface HapiMeterOptions {
  /** Default: the process's own meter. */
  meter?: Meter;
}

/**
 * Measures every request of a hapi 21 server, by the path of the route that hapi found. Where it is
 * registered does not matter; once is enough for all plugins of the server. Requests made by
 * `server.inject` never reach the HTTP server and are not counted.
 *
 * @throws RoutemeterError RM_OPTION_INVALID, through `server.register`, for a `meter` that is none.
 *
 * @example
 * await server.register({ plugin: hapiMeter, options: { meter: createMeter({ prefix: 'myapp' }) } })
 */
export const hapiMeter: NamedPlugin<HapiMeterOptions> = {
  name: 'routemeter',
  once: true,
  register(server, options) {
    const own = ownMeter(
      options.meter,
      'the option "meter" of hapiMeter takes a meter: { plugin: hapiMeter, options: { meter: createMeter(...) } }',
    );
    if (!isOff(own)) follow(server as unknown as HapiServer, own);
  },
};
