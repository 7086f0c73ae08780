import { RoutemeterError } from '../errors/index.ts';
import { installation } from './installation.ts';

/**
 * Follows the calls of libraries where an application runs without the preload: what it imports of each,
 * before it makes clients of them. What is Node's own, such as `fetch`, is followed without this.
 * Nothing happens before a meter has the option `upstreams`, or routemeter-live watches.
 *
 * @throws RoutemeterError RM_UPSTREAM_UNKNOWN for a module of a library that cannot be followed.
 *
 * @example
 * import pg from 'pg'
 * import { upstreams } from 'routemeter/upstreams'
 * upstreams(pg)
 */
export function upstreams(...modules: readonly unknown[]): void {
  for (const [index, module] of modules.entries()) {
    if (installation().add(module) !== null) continue;
    throw new RoutemeterError(
      'RM_UPSTREAM_UNKNOWN',
      `upstreams(): argument ${index + 1} is no module of a library that can be followed; give what you import of it, such as upstreams(pg)`,
    );
  }
}
