import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Work } from '../attribution/index.ts';
import type { Call } from './call.ts';
import type { Calls } from './calls.ts';
import { likeIt, type Method } from './dress.ts';
import { Replacements } from './replacements.ts';

export type { Method };

/** On a method that replaced another to follow calls: for every copy of the library. */
const REPLACED: unique symbol = Symbol.for('routemeter.v1.replaced') as never;

/** What a source of calls has in hand to hook in. */
export class Hooks extends Replacements {
  readonly calls: Calls;

  /** @param source its package, for warnings. */
  constructor(calls: Calls, source: string) {
    super(REPLACED, `calls ${source}`, source);
    this.calls = calls;
  }

  /** Listens to a diagnostics channel. What `onMessage` throws is contained: else it would end the process. */
  subscribe<M>(channel: string, onMessage: (message: M) => void): void {
    const listener = (message: unknown): void => {
      this.guarded(onMessage, message as M);
    };
    subscribe(channel, listener);
    this.whenRemoved(() => void unsubscribe(channel, listener));
  }
}

/** The prototype of a class that a module exports; null for anything else. */
export function prototypeOf(exported: unknown): object | null {
  const { prototype } = (typeof exported === 'function' ? exported : {}) as { prototype?: unknown };
  return typeof prototype === 'object' ? prototype : null;
}

/** What a promise or a callback ends: a call, or what looks at its errors first. */
export type Ending = Pick<Call, 'end' | 'fail'>;

/**
 * Ends a call with a promise, and returns the promise to hand on instead: it settles alike, and a rejection
 * that nobody handles is still reported as such. Anything but a promise is left alone, as a thenable may
 * begin its work when it is asked.
 *
 * @param failureIn finds the error in a result that tells of it in another way; null for none.
 */
export function endWithPromise<R>(call: Ending, result: R, failureIn?: (value: unknown) => unknown): R {
  if (!(result instanceof Promise)) return result;
  return result.then(
    (value: unknown) => {
      const error = failureIn?.(value);
      if (error === undefined || error === null) call.end();
      else call.fail(error);
      return value;
    },
    (error: unknown) => {
      call.fail(error);
      throw error;
    },
  ) as R;
}

/** A callback `(error, ...)` of a library's own that ends a call. */
export function endWith(call: Ending, callback: Method): Method {
  return function (this: unknown, error: unknown) {
    if (error === null || error === undefined) call.end();
    else call.fail(error);
    // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
    return callback.apply(this, arguments as never);
  };
}

/** A callback `(error, ...)` of the application's that ends a call, with the name and length of the original. */
export function endWithCallback<F extends Method>(call: Ending, callback: F): F {
  return likeIt(callback, endWith(call, callback));
}

/**
 * The same, for libraries that call back in the context of whoever made their connection: what the callback asks for
 * belongs to `owner`, whose call it is. Contexts of the application's own stay as the library leaves them.
 */
export function endWithin<F extends Method>(calls: Calls, owner: Work, call: Ending, callback: F): F {
  return endWithCallback(call, calls.within(owner, callback));
}
