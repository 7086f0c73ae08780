import { textOf, warnOnce } from '../errors/index.ts';
import { dress, type Method } from './dress.ts';
import { FORWARD, type Forward } from './forward.ts';

/**
 * What a source has in hand to hook in. Whatever it puts on is taken off again by `remove`, and looks
 * like what was there before.
 */
export class Replacements {
  private readonly mark: symbol;
  private readonly key: string;
  private readonly source: string;
  private readonly undo: Array<() => void> = [];

  /**
   * @param mark put on each method that replaced another, so that none is replaced twice for one purpose.
   * @param key of its warnings.
   * @param source its package, for their text.
   */
  constructor(mark: symbol, key: string, source: string) {
    this.mark = mark;
    this.key = key;
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
    const original = found as Method & { [FORWARD]?: Forward };
    if ((original as unknown as Record<symbol, unknown>)[this.mark] === true) return true;
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
    Object.defineProperty(method, this.mark, { value: true });
    const { enumerable = false } = former ?? {};
    Object.defineProperty(object, key, { value: method, writable: true, configurable: true, enumerable });
    this.undo.push(() => {
      if ((object as Record<PropertyKey, unknown>)[key] !== method) return;
      if (former === undefined) Reflect.deleteProperty(object, key);
      else Object.defineProperty(object, key, former);
    });
    return true;
  }

  /** The same for what is called when a property of a class is set. */
  replaceSetter(
    object: object,
    key: PropertyKey,
    make: (original: (value: unknown) => void) => (value: unknown) => void,
  ): boolean {
    const former = Object.getOwnPropertyDescriptor(object, key);
    const original = former?.set as ((value: unknown) => void) | undefined;
    if (former === undefined || original === undefined || !former.configurable) return false;
    if ((original as unknown as Record<symbol, unknown>)[this.mark] === true) return true;
    const set = make(original);
    Object.defineProperty(set, this.mark, { value: true });
    Object.defineProperty(object, key, { ...former, set });
    this.undo.push(() => {
      if (Object.getOwnPropertyDescriptor(object, key)?.set === set)
        Object.defineProperty(object, key, former);
    });
    return true;
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
      const { key, source } = this;
      warnOnce('RM_INTERNAL', key, `following ${source} failed and was contained: ${textOf(error)}`);
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
