import { followProcess } from './plugin.ts';

/**
 * Measures every request of a Next.js 15 or 16 server, by the page or route handler that answered, for the
 * process's meter: the `register` of `instrumentation.js`, in the Node runtime.
 *
 * The edge runtime has no servers of Node's: import it in the branch of the Node runtime alone.
 *
 * @example
 * // instrumentation.js
 * if (process.env.NEXT_RUNTIME === 'nodejs') register()
 */
export function register(): void {
  followProcess();
}
