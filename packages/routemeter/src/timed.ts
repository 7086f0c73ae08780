import { defaultMeter, type TimedDecorator, timedBy } from './meter/index.ts';

/**
 * `meter.timed` of the process's own meter, found at the first call: wraps a function or decorates a
 * method (standard and legacy decorators), so that each call is a block. Without a name it is the
 * function's own, for methods `Class.method`.
 *
 * @example
 * class Feed {
 *   @timed()
 *   async load() {}
 * }
 */
// biome-ignore lint/suspicious/noExplicitAny: the signature passes through
export function timed<F extends (...args: any[]) => any>(fn: F): F;
// biome-ignore lint/suspicious/noExplicitAny: the signature passes through
export function timed<F extends (...args: any[]) => any>(name: string, fn: F): F;
export function timed(name?: string): TimedDecorator;
export function timed(first?: unknown, second?: unknown): unknown {
  return timedBy(defaultMeter, first, second);
}
