import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { textOf, warnOnce } from '../errors/index.ts';
import type { Call } from './call.ts';
import type { Calls } from './calls.ts';
import { dress, type Method } from './dress.ts';
import { FORWARD, type Forward } from './forward.ts';

export type { Method };

/** On a method that replaced another: for every copy of the library. */
const REPLACED: unique symbol = Symbol.for('routemeter.v1.replaced') as never;

/**
 * What a source has in hand to hook in. Whatever it puts on is taken off again by `remove`, and looks
 * like what was there before.
 */
export class Hooks {
  readonly calls: Calls;
  private readonly source: string;
  private readonly undo: Array<() => void> = [];

  /** @param source its package, for warnings. */
  constructor(calls: Calls, source: string) {
    this.calls = calls;
    this.source = source;
  }

  /**
   * Replaces a method, once however often it is asked for. Its own properties and its attributes stay. `make` is
   * given the original, and returns a function that calls it exactly once, passes on what it returns
   * or throws, and throws nothing of its own.
   *
   * @returns false where there is no such method.
   */
  replace<T extends object>(
    object: T | null | undefined,
    key: PropertyKey,
    make: (original: Method) => Method,
  ): boolean {
    if (object === null || object === undefined) return false;
    const found = (object as Record<PropertyKey, unknown>)[key];
    if (typeof found !== 'function') return false;
    const original = found as Method & { [REPLACED]?: true; [FORWARD]?: Forward };
    if (original[REPLACED] === true) return true;
    const forward = original[FORWARD];
    if (forward !== undefined) {
      if (forward.method !== null) return true;
      forward.method = make(forward.original);
      this.undo.push(() => {
        forward.method = null;
      });
      return true;
    }
    const former = Object.getOwnPropertyDescriptor(object, key);
    if (former !== undefined && !former.configurable && !former.writable) return false;
    const method = make(original);
    dress(method, original);
    Object.defineProperty(method, REPLACED, { value: true });
    const { enumerable = false } = former ?? {};
    Object.defineProperty(object, key, { value: method, writable: true, configurable: true, enumerable });
    this.undo.push(() => {
      if ((object as Record<PropertyKey, unknown>)[key] !== method) return;
      if (former === undefined) Reflect.deleteProperty(object, key);
      else Object.defineProperty(object, key, former);
    });
    return true;
  }

  /** Listens to a diagnostics channel. What `onMessage` throws is contained: else it would end the process. */
  subscribe<M>(channel: string, onMessage: (message: M) => void): void {
    const listener = (message: unknown): void => {
      this.guarded(onMessage, message as M);
    };
    subscribe(channel, listener);
    this.undo.push(() => void unsubscribe(channel, listener));
  }

  /**
   * Runs what a source does around a library's own code. What it throws is contained, and answered by null. What is
   * done for each call is given its arguments, and is no closure.
   */
  guarded<R>(fn: () => R): R | null;
  guarded<A, R>(fn: (a: A) => R, a: A): R | null;
  guarded<A, B, C, R>(fn: (a: A, b: B, c: C) => R, a: A, b: B, c: C): R | null;
  guarded<A, B, C, R>(fn: (a: A, b: B, c: C) => R, a?: A, b?: B, c?: C): R | null {
    try {
      return fn(a as A, b as B, c as C);
    } catch (error) {
      const { source } = this;
      warnOnce(
        'RM_INTERNAL',
        `calls ${source}`,
        `following ${source} failed and was contained: ${textOf(error)}`,
      );
      return null;
    }
  }

  /** Runs after what is put on from here on was taken off. */
  whenRemoved(fn: () => void): void {
    this.undo.push(fn);
  }

  /** Takes off everything, the last first. */
  remove(): void {
    for (const take of this.undo.splice(0).reverse()) take();
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
  const ended = endWith(call, callback);
  for (const name of ['name', 'length'] as const) {
    Object.defineProperty(ended, name, { value: callback[name], configurable: true });
  }
  return ended as F;
}
