import { dress, type Method } from './dress.ts';

/** On a function that forwards: for every copy of the library. */
export const FORWARD: unique symbol = Symbol.for('routemeter.v1.forward') as never;

/** Where a function that forwards goes. */
export interface Forward {
  readonly original: Method;
  /** What follows its calls; null where nothing does. */
  method: Method | null;
}

/**
 * Replaces a function of a module by one that goes on to the original until calls are followed. For functions
 * that applications take out of their module (`const { lookup } = require('node:dns')`) before a meter
 * sends calls.
 */
export function forward(object: Record<string, unknown>, key: string): void {
  const original = object[key] as (Method & { [FORWARD]?: Forward }) | undefined;
  if (typeof original !== 'function' || original[FORWARD] !== undefined) return;
  const to: Forward = { original, method: null };
  const method: Method = function (this: unknown, ...args) {
    return (to.method ?? original).apply(this, args);
  };
  dress(method, original);
  Object.defineProperty(method, FORWARD, { value: to });
  object[key] = method;
}

/** The function forwards. */
export function isForward(method: unknown): boolean {
  return typeof method === 'function' && FORWARD in method;
}
