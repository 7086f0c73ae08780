import { captureRejections, EventEmitter } from 'node:events';
import type { Method } from '../calls/dress.ts';
import { isPromise, type WorkUnit } from '../unit/index.ts';
import { isAsyncFunction } from './async-function.ts';
import type { Units } from './units.ts';

const { emit } = EventEmitter.prototype;

/**
 * Runs the listeners of an event as a unit, and ends it with them: when they have returned; those that are `async`
 * functions, when they have settled. What listeners return is dropped by who calls them, so that no other promise is
 * followed.
 *
 * @param original calls the listeners; it is asked where Node's own `emit` was replaced, or errors are caught by it.
 * @param args of the event, its name first.
 * @param isOwn `original` is neither Node's nor a library's that ends there.
 */
export function runListeners(
  units: Units,
  unit: WorkUnit,
  emitter: EventEmitter,
  original: Method,
  args: unknown[],
  isOwn = false,
): unknown {
  const pending = new Pending(unit);
  // Else what calls listeners is no longer Node's plain way, and is left to do so.
  const isPlain = EventEmitter.prototype.emit === emit && !captureRejections && !isOwn;
  const call = isPlain && args[0] !== 'error' ? callListeners : callOriginal;
  let result: unknown;
  try {
    result = units.run(unit, call, { emitter, original, pending }, args, undefined, undefined);
  } catch (error) {
    unit.fail(error);
    throw error;
  }
  pending.returned();
  return result;
}

interface Calling {
  emitter: EventEmitter;
  original: Method;
  pending: Pending;
}

function callOriginal(this: Calling, args: unknown[]): unknown {
  return this.original.apply(this.emitter, args);
}

/** What `emit` of Node does, which drops what listeners return. */
function callListeners(this: Calling, [event, ...args]: unknown[]): boolean {
  const listeners = this.emitter.rawListeners(event as string);
  for (const listener of listeners as Array<Method & { listener?: Method }>) {
    const result: unknown = Reflect.apply(listener, this.emitter, args);
    if (isAsyncFunction(listener.listener ?? listener) && isPromise(result)) this.pending.follow(result);
  }
  return listeners.length > 0;
}

/** What a unit waits for: the return of its listeners, and the promises of those that are async. */
class Pending {
  private readonly unit: WorkUnit;
  private count = 1;
  private error: { thrown: unknown } | null = null;

  constructor(unit: WorkUnit) {
    this.unit = unit;
  }

  follow(promise: PromiseLike<unknown>): void {
    this.count++;
    promise.then(
      () => this.returned(),
      (error: unknown) => {
        this.error ??= { thrown: error };
        this.returned();
        // A rejection that nobody handles is reported as without us.
        throw error;
      },
    );
  }

  returned(): void {
    if (--this.count > 0) return;
    if (this.error === null) this.unit.end();
    else this.unit.fail(this.error.thrown);
  }
}
