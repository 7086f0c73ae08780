import type { IncomingMessage } from 'node:http';
import { types } from 'node:util';
import { currentUnit } from '../../meter/index.ts';
import { naming, requestOf } from '../../request/index.ts';
import { isFile, STATIC, serverOf, type Teller } from './teller.ts';

/** What is used of an event of SvelteKit. */
export interface KitEvent {
  route: { id: string | null };
  /** A remote function was called, from the page of `route`; of a query SvelteKit 3 is told none. */
  isRemoteRequest?: boolean;
  /** Of adapter-node. */
  platform?: { req?: IncomingMessage };
}

/** What remote functions are named that tell no page: their addresses hold a hash of their module. */
const REMOTE = '/_app/remote/:id';
/** In which the browser tells the page. */
const PAGE = 'x-sveltekit-pathname';

/** Servers that SvelteKit stands behind. */
const servers = new WeakSet<object>();

/** Names the request at work after the route of its event. */
export function nameEvent(event: KitEvent): void {
  const span = requestOf(currentUnit());
  if (span === null || typeof event.route !== 'object' || event.route === null) return;
  const request = event.platform?.req;
  const server = serverOf(request);
  if (server !== undefined) servers.add(server);
  const isRemote = event.isRemoteRequest === true;
  // SvelteKit 2 takes a call that tells no page for one from the home page.
  const isFromPage = !isRemote || request === undefined || request.headers[PAGE] !== undefined;
  const id = (isFromPage ? event.route.id : null) ?? (isRemote ? REMOTE : null);
  if (typeof id === 'string') {
    span.setRoute(id);
    naming().note('@sveltejs/kit');
  } else {
    span.expectRoute();
  }
}

/** The event in what SvelteKit keeps, a plain object. Runs no code of the application: any of its objects comes by here. */
export function eventIn(store: object): KitEvent | null {
  if (!Object.hasOwn(store, 'state')) return null;
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
