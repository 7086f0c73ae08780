import type { Teller } from './teller.ts';

interface Request {
  /** The name of the server that has it. */
  serverName?: unknown;
  getRoute?: unknown;
  route?: { path?: unknown };
}

/** restify: it puts the route on the request when it was found. */
export const restify: Teller = {
  framework: 'restify',
  route(request) {
    const { serverName, getRoute, route } = request as Request;
    if (typeof serverName !== 'string' || typeof getRoute !== 'function') return undefined;
    const path = route?.path;
    if (path instanceof RegExp) return path.source;
    return typeof path === 'string' ? path : null;
  },
};
