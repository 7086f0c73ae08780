// To be imported before anything of the library: what it takes from Node is counted from here on.
import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import v8 from 'node:v8';

/** How often each was used. */
export const counts = { clock: 0, idles: 0, polls: 0, befores: 0, contexts: 0, stores: 0, listeners: 0 };

let time = 1000;
// A microsecond passes with each reading, whatever the machine does: no stretch becomes a long one.
performance.now = () => {
  counts.clock++;
  time += 0.001;
  return time;
};

// Nor is the loop ever idle: how long it was depends on the machine, and so would what is booked.
Object.defineProperty(performance.nodeTiming, 'idleTime', {
  get: () => {
    counts.idles++;
    return 0;
  },
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
