import { expect, it } from 'vitest';
import { leaver } from '../../src/frameworks/exit.ts';

const exit = { next: () => {}, leave: () => {} };

/** What is thrown away at once, V8 does not even make. */
let kept: unknown;

/** The least time that `once` takes, in ms: whatever else the machine does only adds to it. */
function least(once: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 50; round++) {
    const began = performance.now();
    for (let i = 0; i < 2000; i++) kept = once();
    best = Math.min(best, performance.now() - began);
    if (typeof kept !== 'function') throw new Error('it was not bound');
  }
  return best;
}

it('is made the quick way that functions are bound: each request makes some', () => {
  const slow = Object.defineProperty(() => {}, 'name', { value: 'set', configurable: true });
  expect(5 * least(() => leaver(exit))).toBeLessThan(least(() => slow.bind(undefined)));
});
