import type { EventEmitter } from 'node:events';
import type { Meter } from '../meter/index.ts';
import { httpMeter } from './http.ts';
import { isOff, ownMeter } from './own-meter.ts';
import { followRouter, notePlaces, type Router } from './restana/follow.ts';

interface Service {
  getServer(): EventEmitter;
  getRouter(): Router;
}

/** What registers routes, and mounts. */
const REGISTER = ['get', 'delete', 'patch', 'post', 'put', 'head', 'options', 'trace', 'all', 'use'] as const;

/**
 * Measures every request of a restana 6 service, by the path of the route that answers, and returns the service.
 * Stands where the service is made, before its routes.
 *
 * @param meter default: the process's own, from the environment.
 * @throws RoutemeterError RM_OPTION_INVALID for anything but a meter.
 *
 * @example
 * const service = restanaMeter(restana())
 */
export function restanaMeter<S extends object>(service: S, meter?: Meter): S {
  const own = ownMeter(
    meter,
    'restanaMeter() takes a meter after the service, or none: restanaMeter(restana(), createMeter(...))',
  );
  if (isOff(own)) return service;
  const { getServer, getRouter } = service as unknown as Service;
  const router = getRouter();
  followRouter(router);
  const methods = service as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of REGISTER) {
    const original = methods[name]!;
    methods[name] = (...args) => {
      const before = router.routes.length;
      const result = original.apply(service, args);
      notePlaces(router, before, args[0], name === 'use');
      return result;
    };
  }
  httpMeter(getServer(), { ...(own && { meter: own }), route: () => null });
  return service;
}
