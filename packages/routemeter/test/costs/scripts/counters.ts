// To be imported before anything of the library: what it takes from Node is counted from here on.
import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import v8 from 'node:v8';
import { steadyClock } from './clock.ts';

/** How often each was used. */
export const counts = Object.assign(steadyClock(), {
  polls: 0,
  befores: 0,
  contexts: 0,
  stores: 0,
  listeners: 0,
});

// How many polls the loop has begun, as it counts them.
const timing = performance.nodeTiming as { uvMetricsInfo?: object };
const prototype = Object.getPrototypeOf(timing) as object;
const polls =
  Object.getOwnPropertyDescriptor(timing, 'uvMetricsInfo') ??
  Object.getOwnPropertyDescriptor(prototype, 'uvMetricsInfo');
if (polls !== undefined) {
  Object.defineProperty(timing, 'uvMetricsInfo', {
    get() {
      counts.polls++;
      return polls.get!.call(timing);
    },
  });
}

const { createHook } = asyncHooks;
asyncHooks.createHook = ((hooks: { before?: (...args: unknown[]) => void }) => {
  const { before } = hooks;
  // The library tries out what Node says to a wrong option, which must reach Node as it is.
  if (before === undefined) return createHook(hooks as never);
  const counted = () => {
    counts.befores++;
    before();
  };
  return createHook({ ...hooks, before: counted } as never);
}) as typeof createHook;

const { promiseHooks } = v8;
const { onBefore } = promiseHooks;
promiseHooks.onBefore = ((before: () => void) =>
  onBefore(() => {
    counts.befores++;
    before();
  })) as typeof onBefore;

// Node's own `run` goes through this, too: once to enter, and once to leave.
const { enterWith, getStore } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.enterWith = function (this: never, ...args: never[]) {
  counts.contexts++;
  return Reflect.apply(enterWith, this, args);
} as typeof enterWith;
AsyncLocalStorage.prototype.getStore = function (this: never) {
  counts.stores++;
  return getStore.call(this);
} as typeof getStore;

const { on } = EventEmitter.prototype;
EventEmitter.prototype.on = function (this: EventEmitter, ...args: never[]) {
  if (this instanceof ServerResponse) counts.listeners++;
  return Reflect.apply(on, this, args) as never;
} as typeof on;

syncBuiltinESMExports();
