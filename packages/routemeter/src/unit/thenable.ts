import { types } from 'node:util';
import { engine, type Work } from '../attribution/index.ts';
import type { Piece } from './piece.ts';
import { isPromise, settle } from './settle.ts';
import { PENDING_BLOCKS, type Unit, unitOf } from './unit.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Methods by which the queries of mongoose, drizzle and postgres.js begin without a `then`. */
const RUNS = ['exec', 'execute'];

/** Whether a value that is no promise of the language may be awaited. Calls no getter of it. */
export function isThenable(value: unknown): value is object {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    if (!('then' in value)) return false;
    const found = lookUp(value, 'then');
    if (found === null)
      return types.isProxy(value) && typeof (value as { then: unknown }).then === 'function';
    return typeof found.value === 'function' || found.get !== undefined;
  } catch {
    // The application may never look at it.
    return false;
  }
}

/**
 * Lets a block, or a unit of work, follow a query that begins when it is awaited: what the application itself
 * does with `lazy` begins it, inside the block, and ends the block when it settles. One that is never begun
 * ends with its unit of work. Where nothing can be put on `lazy` (it is frozen) that holds for each one.
 *
 * @param inContext whether its code runs in a context of its own.
 */
export function follow(piece: Piece, lazy: object, inContext: boolean): void {
  const run = new Run(piece, inContext);
  let isFollowed = false;
  try {
    isFollowed = replaceThen(lazy, run);
    if (isFollowed) for (const name of RUNS) replaceRun(lazy, name, run);
  } catch {
    // A proxy may refuse anything.
  }
  if (!run.wait() && !isFollowed) piece.finish(true);
}

/** The first descriptor up the prototype chain. */
function lookUp(value: object, key: string): PropertyDescriptor | null {
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertyDescriptor(at, key);
    if (found !== undefined) return found;
  }
  return null;
}

function replaceThen(lazy: object, run: Run): boolean {
  const found = lookUp(lazy, 'then');
  if (found?.get !== undefined) {
    const { get, set } = found;
    return Reflect.defineProperty(lazy, 'then', {
      get(this: unknown) {
        const then: unknown = get.call(this);
        return typeof then === 'function' && this === lazy ? run.awaited(then as Method) : then;
      },
      ...(set !== undefined && { set }),
      enumerable: false,
      configurable: true,
    });
  }
  const original: unknown = found === null ? (lazy as { then: unknown }).then : found.value;
  if (typeof original !== 'function') return false;
  return put(lazy, 'then', original as Method, run.awaited(original as Method));
}

function replaceRun(lazy: object, name: string, run: Run): void {
  const original: unknown = lookUp(lazy, name)?.value;
  if (typeof original === 'function') put(lazy, name, original as Method, run.method(original as Method));
}

/**
 * Puts `wrapped` on `lazy`, in place of a method of its own or beside that of its class: not enumerable
 * unless it was, so that copies and comparisons stay as they are.
 */
function put(lazy: object, key: string, original: Method, wrapped: Method): boolean {
  function method(this: unknown, ...args: unknown[]): unknown {
    // What only inherits from it is another query. A proxy may call it on what is behind it.
    const isOurs = this === lazy || Object.getOwnPropertyDescriptor(Object(this), key)?.value === method;
    return Reflect.apply(isOurs ? wrapped : original, this, args);
  }
  const before = Object.getOwnPropertyDescriptor(lazy, key);
  if (before?.configurable === false) {
    return before.writable === true && Reflect.defineProperty(lazy, key, { value: method });
  }
  const enumerable = before?.enumerable ?? false;
  return Reflect.defineProperty(lazy, key, {
    value: method,
    writable: true,
    configurable: true,
    enumerable,
  });
}

/** The one run of a lazy query that its block measures. */
class Run {
  private readonly piece: Piece;
  private readonly inContext: boolean;
  private readonly unit: Unit | null;
  private hasBegun = false;

  constructor(piece: Piece, inContext: boolean) {
    this.piece = piece;
    this.inContext = inContext;
    this.unit = piece.parent === null ? null : unitOf(piece);
  }

  /** Keeps the block among those that end with their unit of work; false where there is none. */
  wait(): boolean {
    const { unit, piece } = this;
    if (unit === null || unit.ended) return false;
    const waiting = (unit.waiting ??= new Set());
    if (waiting.size >= PENDING_BLOCKS) {
      const [oldest] = waiting;
      waiting.delete(oldest!);
      oldest!.end();
    }
    waiting.add(piece);
    return true;
  }

  awaited(original: Method): Method {
    const { piece } = this;
    const self = this;
    return function (this: unknown, ...args) {
      if (piece.ended) return original.apply(this, args);
      const caller = engine().current();
      const [done, failed, ...more] = args;
      const whenDone = (value: unknown): unknown => {
        piece.end();
        return typeof done === 'function' ? inside(caller, done as Method, value) : value;
      };
      const whenFailed = (error: unknown): unknown => {
        piece.fail(error);
        if (typeof failed === 'function') return inside(caller, failed as Method, error);
        throw error;
      };
      return self.begin(original, this, [whenDone, whenFailed, ...more]);
    };
  }

  /** A method that begins the query, and whose result is a promise of the language where it can be followed. */
  method(original: Method): Method {
    const { piece } = this;
    const self = this;
    return function (this: unknown, ...args) {
      if (self.hasBegun) return original.apply(this, args);
      const result = self.begin(original, this, args);
      if (isPromise(result)) return settle(piece, result);
      // A driver that does not wait has its rows at once.
      if (!isThenable(result)) piece.end();
      return result;
    };
  }

  private begin(fn: Method, self: unknown, args: unknown[]): unknown {
    const { piece, inContext } = this;
    this.hasBegun = true;
    this.unit?.waiting?.delete(piece);
    try {
      const result = inContext
        ? engine().run(piece, apply, undefined, fn, self, args)
        : Reflect.apply(fn, self, args);
      engine().hold(piece);
      return result;
    } catch (error) {
      piece.fail(error);
      throw error;
    }
  }
}

function apply(fn: Method, self: unknown, args: unknown[]): unknown {
  return Reflect.apply(fn, self, args);
}

/** Calls a handler of the application as part of what handed it over, and not of the block. */
function inside(caller: Work | null, fn: Method, value: unknown): unknown {
  if (caller === null || (caller.ended && caller.kind === 'block')) return fn(value);
  return engine().run(caller, call, undefined, fn, value, undefined);
}

function call(fn: Method, value: unknown): unknown {
  return fn(value);
}
