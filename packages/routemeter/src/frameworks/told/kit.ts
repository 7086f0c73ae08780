import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { types } from 'node:util';
import { currentUnit } from '../../meter/index.ts';
import { naming, requestOf } from '../../request/index.ts';
import { isFile, STATIC, serverOf, type Teller } from './teller.ts';

/** What is used of an event of SvelteKit. */
export interface KitEvent {
  route: { id: string | null };
  /** Of adapter-node. */
  platform?: { req?: IncomingMessage };
}

/** Servers that SvelteKit stands behind. */
const servers = new WeakSet<object>();
/** On the class: watched, by whichever copy of the library came first. */
const WATCHED: unique symbol = Symbol.for('routemeter.v1.kit') as never;

/** Names the request at work after the route of its event. */
export function nameEvent(event: KitEvent): void {
  const span = requestOf(currentUnit());
  if (span === null || typeof event.route !== 'object' || event.route === null) return;
  const server = serverOf(event.platform?.req);
  if (server !== undefined) servers.add(server);
  const { id } = event.route;
  if (typeof id === 'string') {
    span.setRoute(id);
    naming().note('@sveltejs/kit');
  } else {
    span.expectRoute();
  }
}

/**
 * For the preload: SvelteKit keeps the event of a request in the storage of Node, bundled or not. From Node 24 on
 * that one enters what it runs by a method of its own, which hears of each.
 */
export function watchStores(): void {
  const prototype = AsyncLocalStorage.prototype as AsyncLocalStorage<unknown> & { [WATCHED]?: true };
  if (Object.hasOwn(prototype, WATCHED)) return;
  Object.defineProperty(prototype, WATCHED, { value: true });
  const { enterWith: former } = prototype;
  const { enterWith } = {
    enterWith(this: AsyncLocalStorage<unknown>, store: unknown): void {
      former.call(this, store);
      const event = eventIn(store);
      if (event === null) return;
      try {
        nameEvent(event);
      } catch {
        // What only looks like an event of SvelteKit can be anything.
      }
    },
  };
  Object.defineProperty(prototype, 'enterWith', { value: enterWith, configurable: true, writable: true });
}

/** The event in what SvelteKit keeps, a plain object. Runs no code of the application: any store comes by here. */
function eventIn(store: unknown): KitEvent | null {
  if (typeof store !== 'object' || store === null || types.isProxy(store)) return null;
  if (Object.getPrototypeOf(store) !== Object.prototype || !Object.hasOwn(store, 'state')) return null;
  const event: unknown = Object.getOwnPropertyDescriptor(store, 'event')?.value;
  if (typeof event !== 'object' || event === null || types.isProxy(event)) return null;
  return Object.hasOwn(event, 'route') ? (event as KitEvent) : null;
}

/** SvelteKit's own files, and pages that were made when it was built, are sent before it has an event. */
export const kit: Teller = {
  framework: '@sveltejs/kit',
  route(request, _response, span) {
    const server = serverOf(request);
    if (server === undefined || !servers.has(server) || span.name() !== null) return undefined;
    return isFile(request.method, span.status) ? STATIC : null;
  },
};
