import { defaultMeter, type Meter, type TimedDecorator, timedBy } from '../../meter/index.ts';

/** The meters of the applications that run, oldest first. */
const timers: Meter[] = [];

export function addTimer(meter: Meter): void {
  timers.push(meter);
}

export function removeTimer(meter: Meter): void {
  const at = timers.lastIndexOf(meter);
  if (at >= 0) timers.splice(at, 1);
}

/** What `reflect-metadata`, which Nest brings, adds to `Reflect`. */
interface Metadata {
  getOwnMetadataKeys?(target: object): unknown[];
  getOwnMetadata(key: unknown, target: object): unknown;
  defineMetadata(key: unknown, value: unknown, target: object): void;
}

/**
 * Times each call of a method as a block, by the application's meter (that of the latest application,
 * where a process has several; the process's own before there is one). Stands above or below Nest's
 * own decorators: what they noted on the method stays.
 *
 * @param name default: `Class.method`.
 *
 * @example
 * @Injectable()
 * class Feed {
 *   @Timed()
 *   async load() {}
 * }
 */
export function Timed(name?: string): TimedDecorator {
  const decorate = timedBy(() => timers.at(-1) ?? defaultMeter(), name, undefined) as (
    ...args: unknown[]
  ) => unknown;
  return ((first: unknown, second: unknown, descriptor?: PropertyDescriptor): unknown => {
    const before: unknown = descriptor === undefined ? first : descriptor.value;
    const wrapped = decorate(first, second, descriptor);
    const after: unknown = descriptor === undefined ? wrapped : descriptor.value;
    if (typeof before === 'function' && typeof after === 'function') copyMetadata(before, after);
    return wrapped;
  }) as TimedDecorator;
}

/** Nest keeps paths, guards and pipes on the function itself. */
function copyMetadata(from: object, to: object): void {
  const reflect = Reflect as unknown as Metadata;
  for (const key of reflect.getOwnMetadataKeys?.(from) ?? []) {
    reflect.defineMetadata(key, reflect.getOwnMetadata(key, from), to);
  }
}
