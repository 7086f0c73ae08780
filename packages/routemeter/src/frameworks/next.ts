import { followProcess } from './plugin.ts';

/**
 * Measures every request of a Next.js 15 or 16 server, by the page or route handler that answered, for the
 * process's meter: the `register` of `instrumentation.js`, in the Node runtime.
 *
 * @example
 * // instrumentation.js
 * export async function register() {
 *   if (process.env.NEXT_RUNTIME === 'nodejs') (await import('routemeter/next')).register()
 * }
 */
export function register(): void {
  followProcess();
}
