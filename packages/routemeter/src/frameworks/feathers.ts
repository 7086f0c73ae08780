import { joinRoute } from './template.ts';

/** What Feathers 5 notes of the service that it found for a request: not under which path. */
interface Lookup {
  service?: object;
  params?: Record<string, string>;
}

/** What is used of a Feathers application: its services by the paths that they were registered under. */
interface Application {
  services?: Record<string, object>;
}

/**
 * The route that Feathers 5 found for a request by its own router, which it asks in a middleware without a
 * path: `/messages`, and `/messages/:__id` for one of them, as Feathers registers both.
 *
 * @param isFitting says which of the paths of a service that has several.
 * @returns null where no service was found.
 */
export function serviceRoute(
  app: unknown,
  found: unknown,
  prefix: string,
  isFitting: (route: string) => boolean,
): string | null {
  const { service, params } = (found ?? {}) as Lookup;
  const { services } = (app ?? {}) as Application;
  if (service === undefined || services === undefined) return null;
  const rest = params?.__id === undefined ? '' : '/:__id';
  for (const path in services) {
    if (services[path] !== service) continue;
    const route = joinRoute(prefix, (path === '/' ? '' : `/${path}`) + rest);
    if (isFitting(route)) return route;
  }
  return null;
}
