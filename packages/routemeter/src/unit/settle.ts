import { types } from 'node:util';
import type { Piece } from './piece.ts';

const NATIVE = Function.prototype.toString.call(Promise.prototype.then);

/**
 * Whether a value is a promise that runs by itself: of this realm or another, of a subclass too, unless
 * that has a `then` of its own, by which some queries begin (those of postgres.js).
 */
export function isPromise(value: unknown): value is Promise<unknown> {
  if (typeof value !== 'object' || !types.isPromise(value)) return false;
  try {
    const then: unknown = value.then;
    return then === Promise.prototype.then || String(then) === NATIVE;
  } catch {
    return false;
  }
}

/**
 * Ends `piece` when `result` settles. A promise of its own, so that a rejection that nobody
 * handles is still reported as such.
 */
export function settle<T>(piece: Piece, result: PromiseLike<T>): Promise<T> {
  return Promise.resolve(result).then(
    (value) => {
      piece.end();
      return value;
    },
    (error) => {
      piece.fail(error);
      throw error;
    },
  );
}
