/**
 * Whether a function is `async`. Where a library drops what handlers return, nobody else has the promise of such a one;
 * another one may be handled by the application, and what is derived from it would be rejected with no one to handle
 * that.
 */
export function isAsyncFunction(fn: unknown): boolean {
  return Object.prototype.toString.call(fn) === '[object AsyncFunction]';
}
