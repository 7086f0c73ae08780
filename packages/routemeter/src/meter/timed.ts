// biome-ignore lint/suspicious/noExplicitAny: the signature of the wrapped function passes through as it is
type AnyFunction = (...args: any[]) => any;

/** Runs a call of a wrapped function as a block, or as a unit of work, of this name. */
export type Around = (name: string, fn: () => unknown) => unknown;

/** A method decorator, both as the standard has it and as TypeScript's `experimentalDecorators` calls it. */
export interface TimedDecorator {
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F;
  <T>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<T>): void;
}

/** Wraps `fn`: each call is run by `around`; `this`, arguments, result, name and length stay. */
function wrap<F extends AnyFunction>(around: Around, name: string | null, fn: F): F {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return around(name ?? methodName(this, fn), () => fn.apply(this, args));
  };
  Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
  return wrapped as F;
}

function decorator(around: Around, name: string | null): TimedDecorator {
  return ((first: unknown, second: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (typeof second === 'object' && second !== null && 'kind' in second) {
      return wrap(around, name, first as AnyFunction);
    }
    if (descriptor !== undefined && typeof descriptor.value === 'function') {
      descriptor.value = wrap(around, name, descriptor.value as AnyFunction);
    }
    return undefined;
  }) as TimedDecorator;
}

/** The three ways to write it: around a function, around one with a name, and as a decorator. */
export function wrapOrDecorate(around: Around, first: unknown, second: unknown): unknown {
  if (typeof first === 'function') return wrap(around, null, first as AnyFunction);
  const name = typeof first === 'string' && first !== '' ? first : null;
  return typeof second === 'function' ? wrap(around, name, second as AnyFunction) : decorator(around, name);
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
