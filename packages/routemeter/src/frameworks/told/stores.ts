import { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import { holdsUnits } from '../../meter/index.ts';
import { eventIn, nameEvent } from './kit.ts';
import { isStartContext, noteStart } from './start.ts';

/** On the class: watched, by whichever copy of the library came first. */
const WATCHED: unique symbol = Symbol.for('routemeter.v1.kit') as never;

/**
 * For the preload: SvelteKit and TanStack Start keep what they know of a request in the storage of Node, bundled or
 * not. From Node 24 on that one enters what it runs by a method of its own, which hears of each.
 */
export function watchStores(): void {
  const prototype = AsyncLocalStorage.prototype as AsyncLocalStorage<unknown> & { [WATCHED]?: true };
  if (Object.hasOwn(prototype, WATCHED)) return;
  Object.defineProperty(prototype, WATCHED, { value: true });
  const { enterWith: former } = prototype;
  const { enterWith } = {
    enterWith(this: AsyncLocalStorage<unknown>, store: unknown): void {
      former.call(this, store);
      // The library's own, once for each unit of work: not worth a look.
      if (holdsUnits(this)) return;
      // Both keep plain objects. Any store comes by here: nothing of the application's may run.
      if (typeof store !== 'object' || store === null || types.isProxy(store)) return;
      if (Object.getPrototypeOf(store) !== Object.prototype) return;
      try {
        const event = eventIn(store);
        if (event !== null) nameEvent(event);
        else if (isStartContext(store)) noteStart(store);
      } catch {
        // What only looks like theirs can be anything.
      }
    },
  };
  Object.defineProperty(prototype, 'enterWith', { value: enterWith, configurable: true, writable: true });
}
