import type { EventEmitter } from 'node:events';
import type { Meter } from '../meter/index.ts';
import { httpMeter } from './http.ts';
import { askFrameworks } from './plugin.ts';

/** Options of `serverMeter`. */
export interface ServerMeterOptions {
  /** Default: the process's own meter. */
  meter?: Meter;
}

/**
 * Measures every request of the `node:http` server of a framework that tells its routes on the request, and returns
 * the server: h3 2, restify 12, moleculer-web 0.11, Next.js behind a server of your own.
 *
 * @throws RoutemeterError RM_OPTION_INVALID for what is no server, no object of options or no meter.
 *
 * @example
 * serverMeter(restify.createServer().server)
 */
export function serverMeter<S extends EventEmitter>(server: S, options: ServerMeterOptions = {}): S {
  askFrameworks();
  return httpMeter(server, options);
}
