import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Runs a function in no request's context, whoever calls: timers and sockets made inside a request
 * would keep its context for good, and what they do would be charged to it.
 */
export const outside: <R>(fn: () => R) => R = AsyncLocalStorage.snapshot();
