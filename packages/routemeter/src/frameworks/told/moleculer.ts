import { joinRoute } from '../template.ts';
import type { Teller } from './teller.ts';

interface Request {
  /** The gateway. */
  $service?: unknown;
  /** A group of aliases below one path. */
  $route?: { path?: unknown };
  $alias?: { path?: unknown; fullPath?: unknown };
  /** The action that was called. */
  $action?: unknown;
}

/** moleculer-web: the alias, and all actions that are called by their names as one route. */
export const moleculer: Teller = {
  framework: 'moleculer-web',
  route(request) {
    const { $service, $route, $alias, $action } = request as Request;
    if ($service === undefined) return undefined;
    const group = typeof $route?.path === 'string' ? $route.path : '';
    if ($alias !== undefined) {
      if (typeof $alias.fullPath === 'string') return joinRoute('', $alias.fullPath);
      return typeof $alias.path === 'string' ? joinRoute(group, $alias.path) : null;
    }
    return $action === undefined ? null : joinRoute(group === '/' ? '' : group, '/:action');
  },
};
