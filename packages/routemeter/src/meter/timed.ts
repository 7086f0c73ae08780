import type { TagInput } from '../config/index.ts';
import type { Block } from '../unit/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: the signature of the wrapped function passes through as it is
type AnyFunction = (...args: any[]) => any;

/** What `timed` needs of a meter; found at the first call, so that decorators can run before a meter exists. */
export interface Timer {
  time<T>(name: string, fn: (block: Block) => T, tags?: TagInput): T;
}

/** A method decorator, both as the standard has it and as TypeScript's `experimentalDecorators` calls it. */
export interface TimedDecorator {
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F;
  <T>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<T>): void;
}

/** Wraps `fn`: each call is a block; `this`, arguments, result, name and length stay. */
export function wrap<F extends AnyFunction>(timer: () => Timer, name: string | null, fn: F): F {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return timer().time(name ?? methodName(this, fn), () => fn.apply(this, args));
  };
  Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
  return wrapped as F;
}

export function decorator(timer: () => Timer, name: string | null): TimedDecorator {
  return ((first: unknown, second: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (typeof second === 'object' && second !== null && 'kind' in second) {
      return wrap(timer, name, first as AnyFunction);
    }
    if (descriptor !== undefined && typeof descriptor.value === 'function') {
      descriptor.value = wrap(timer, name, descriptor.value as AnyFunction);
    }
    return undefined;
  }) as TimedDecorator;
}

const names = new WeakMap<object, Map<AnyFunction, string>>();

/** `Class.method`, made once per class. */
function methodName(self: unknown, fn: AnyFunction): string {
  const owner =
    typeof self === 'function' ? self : typeof self === 'object' && self !== null ? self.constructor : null;
  if (typeof owner !== 'function') return fn.name || 'anonymous';
  let methods = names.get(owner);
  if (methods === undefined) names.set(owner, (methods = new Map()));
  let name = methods.get(fn);
  if (name === undefined) methods.set(fn, (name = `${owner.name || 'anonymous'}.${fn.name || 'anonymous'}`));
  return name;
}
