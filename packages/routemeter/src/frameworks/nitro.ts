import { followProcess } from './plugin.ts';
import { type H3Event, noteEvent } from './told/context.ts';

/** What is used of an application of Nitro 2 or 3. */
interface NitroApp {
  hooks: { hook(name: 'request', listener: (event: H3Event) => void): unknown };
}

/**
 * A plugin of Nitro 2 and 3 that measures every request, by the route that answered, for the process's meter.
 *
 * @example
 * // nitro.config.ts
 * export default { plugins: ['routemeter/nitro'] }
 */
export function nitroMeter(app: NitroApp): void {
  followProcess();
  app.hooks.hook('request', noteEvent);
}

export default nitroMeter;
