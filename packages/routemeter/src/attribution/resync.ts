import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

type Fn = (...args: unknown[]) => unknown;

/**
 * `runInAsyncScope` and `AsyncLocalStorage.bind` (and `snapshot`, which is made of it) change the
 * context in the midst of a callback, and nothing tells when they change it back. Calls `sync` after
 * both changes. Functions bound before this ran stay as they are.
 */
export function watchContextChanges(sync: () => void): void {
  const runInAsyncScope = AsyncResource.prototype.runInAsyncScope as Fn;
  const bind = AsyncLocalStorage.bind as (fn: unknown) => Fn;

  function entered(this: unknown, fn: Fn, args: unknown[]): unknown {
    sync();
    return Reflect.apply(fn, this, args);
  }

  AsyncResource.prototype.runInAsyncScope = function (
    this: unknown,
    fn: Fn,
    thisArg: unknown,
    ...args: unknown[]
  ) {
    try {
      return Reflect.apply(runInAsyncScope, this, [entered, thisArg, fn, args]);
    } finally {
      sync();
    }
  } as typeof AsyncResource.prototype.runInAsyncScope;

  AsyncLocalStorage.bind = function (this: unknown, fn: unknown) {
    // The original says what is wrong with anything but a function.
    if (typeof fn !== 'function') return Reflect.apply(bind, this, [fn]);
    const bound = Reflect.apply(bind, this, [entered]);
    return function (this: unknown, ...args: unknown[]) {
      try {
        return Reflect.apply(bound, this, [fn, args]);
      } finally {
        sync();
      }
    };
  } as typeof AsyncLocalStorage.bind;
}
