import { destinationOf, TEMPORARY } from '../calls/destination.ts';

/**
 * The name of a job as a unit may have it: numbers, hashes and the like in it become `:id`, as in the names of queues.
 *
 * @example
 * jobName('export 4711') // ':id'
 */
export function jobName(name: unknown): string {
  const shown = destinationOf(name);
  return shown === TEMPORARY ? ':id' : shown;
}
