import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { currentUnit } from '../../meter/index.ts';
import { naming, requestOf } from '../../request/index.ts';
import { isFile, STATIC, serverOf, type Teller } from './teller.ts';

/** What is used of an event of SvelteKit. */
export interface KitEvent {
  route: { id: string | null };
  /** Of adapter-node. */
  platform?: { req?: IncomingMessage };
}

/** What SvelteKit runs the code of a request with. */
interface Store {
  event?: KitEvent;
  state?: unknown;
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
  const { enterWith } = prototype;
  Object.defineProperty(prototype, 'enterWith', {
    configurable: true,
    writable: true,
    value: function (this: AsyncLocalStorage<unknown>, store: unknown): void {
      enterWith.call(this, store);
      if (typeof store === 'object' && store !== null && isStore(store)) nameEvent((store as Store).event!);
    },
  });
}

function isStore(store: Store): boolean {
  const { event } = store;
  return typeof event === 'object' && event !== null && 'state' in store && 'route' in event;
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
