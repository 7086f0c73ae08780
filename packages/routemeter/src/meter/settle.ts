import type { Block } from './block.ts';

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    // The application may never look at it.
    return false;
  }
}

/**
 * Ends `block` when `result` settles. A promise of its own, so that a rejection that nobody
 * handles is still reported as such.
 */
export function settle(block: Block, result: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(result).then(
    (value) => {
      block.end();
      return value;
    },
    (error) => {
      block.fail(error);
      throw error;
    },
  );
}
