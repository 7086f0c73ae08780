import { defaultMeter, type TimedDecorator, type WorkOptions, workedBy } from './meter/index.ts';

/**
 * `meter.worked` of the process's own meter, found at the first call: wraps a function or decorates a
 * method (standard and legacy decorators), so that each call is a unit of work. Without a name it is the
 * function's own, for methods `Class.method`.
 *
 * @throws RoutemeterError RM_OPTION_INVALID for options that make no sense.
 *
 * @example
 * class Reports {
 *   @worked('nightly report', { kind: 'cron' })
 *   async nightly() {}
 * }
 */
// biome-ignore lint/suspicious/noExplicitAny: the signature passes through
export function worked<F extends (...args: any[]) => any>(fn: F, options?: WorkOptions): F;
// biome-ignore lint/suspicious/noExplicitAny: the signature passes through
export function worked<F extends (...args: any[]) => any>(name: string, fn: F, options?: WorkOptions): F;
export function worked(name: string, options?: WorkOptions): TimedDecorator;
export function worked(options?: WorkOptions): TimedDecorator;
export function worked(first?: unknown, second?: unknown, third?: unknown): unknown {
  return workedBy(defaultMeter, first, second, third);
}
