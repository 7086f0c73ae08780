import type { AsyncLocalStorage } from 'node:async_hooks';
import { currentUnit } from '../../meter/index.ts';
import { naming, type RequestSpan, requestOf } from '../../request/index.ts';
import { trampoline } from '../trampoline.ts';
import { nameOfServerFunction, SERVER_FUNCTION, watchServerFunctions } from './server-functions.ts';
import type { Teller } from './teller.ts';

const FRAMEWORK = 'tanstack-start';

/** On the global object: the storage of its contexts, which is one for all copies of it. */
const STORAGE: unique symbol = Symbol.for('tanstack-start:start-storage-context') as never;
/** On the storage: watched, by whichever copy of the library came first. */
const WATCHED: unique symbol = Symbol.for('routemeter.v1.start') as never;

/** What is used of a router of TanStack Router, which is made for each request. */
interface Router {
  latestLocation: { pathname: string };
  /** The routes from the root on, the parameters, and the innermost of the routes. */
  getMatchedRoutes(path: string): [unknown, Record<string, string>, { fullPath?: unknown }?];
}

/** What TanStack Start keeps of a request while it answers it. */
export interface StartContext {
  handlerType: 'serverFn' | 'router';
  getRouter(): Promise<Router>;
}

let isServed = false;

/** Whether it has answered in this process: then it is what Nitro renders pages with. */
export function isStartServed(): boolean {
  return isServed;
}

/** Requests that it had, and no route of it. */
const unrouted = new WeakSet<RequestSpan>();

/** Whether a plain object is one. Runs no code of the application. */
export function isStartContext(store: object): store is StartContext {
  if (!Object.hasOwn(store, 'handlerType') || !Object.hasOwn(store, 'startOptions')) return false;
  return typeof Object.getOwnPropertyDescriptor(store, 'getRouter')?.value === 'function';
}

/** Names the request at work after the route that the router finds for it. */
export function noteStart(context: StartContext): void {
  const span = requestOf(currentUnit());
  if (span === null) return;
  isServed = true;
  watchServerFunctions();
  if (context.handlerType === 'serverFn') {
    span.setRoute(SERVER_FUNCTION);
    naming().note(FRAMEWORK);
    return;
  }
  // By then Start itself has asked for the router, which is made once: for us alone none is made.
  queueMicrotask(() => {
    void name(span, context).catch(() => {
      // The application's own router failed, which Start is told, too.
      span.expectRoute();
    });
  });
}

async function name(span: RequestSpan, context: StartContext): Promise<void> {
  const router = await context.getRouter();
  const [, params, route] = router.getMatchedRoutes(router.latestLocation.pathname);
  // The rest of an address under this name: only what stands before it is a route.
  const isExact = route !== undefined && params['**'] === undefined;
  if (isExact && typeof route.fullPath === 'string') {
    span.setRoute(route.fullPath === '/' ? '/' : route.fullPath.replace(/\/$/, ''));
    naming().note(FRAMEWORK);
  } else {
    span.expectRoute();
    unrouted.add(span);
  }
}

/** For its one line: hears of each context on any Node, and stands in no stack. */
export function watchStart(): void {
  const root = globalThis as { [STORAGE]?: AsyncLocalStorage<unknown> & { [WATCHED]?: true } };
  const storage = root[STORAGE];
  if (storage === undefined || Object.hasOwn(storage, WATCHED)) return;
  Object.defineProperty(storage, WATCHED, { value: true });
  const former = storage.run.bind(storage) as (...args: unknown[]) => unknown;
  const observe = (context: unknown): void => {
    try {
      if (typeof context === 'object' && context !== null && isStartContext(context)) noteStart(context);
    } catch {
      // What only looks like its context can be anything.
    }
  };
  storage.run = trampoline(2, observe, former, ['nothing', 0, 1]);
}

/** Server functions, and what no route of it is for, which would else have the name of Nitro's route for everything. */
export const start: Teller = {
  framework: null,
  route(_request, _response, span) {
    // Its module may have been loaded by this call.
    if (span.name() === SERVER_FUNCTION) return nameOfServerFunction(span.url);
    return unrouted.has(span) ? null : undefined;
  },
};
