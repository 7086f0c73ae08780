import { captureRejections, EventEmitter } from 'node:events';
import { destinationOf } from '../../calls/destination.ts';
import type { Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { currentUnit, isPromise, type Unit, type WorkUnit } from '../../unit/index.ts';
import { isAsyncFunction } from '../async-function.ts';
import { jobName } from '../naming.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Begun } from '../units.ts';

interface Namespace {
  name?: unknown;
  server?: { parentNsps?: Map<unknown, { children?: Set<unknown> }> };
}

interface Socket extends EventEmitter {
  nsp?: Namespace;
  fns?: readonly unknown[];
}

interface Parts {
  sockets: object;
  /** What sockets inherit the call of their listeners from. */
  emitters: object;
}

/** What clients call as they like within a pattern or a function of the application. */
const DYNAMIC = '(dynamic)';
const { emit } = EventEmitter.prototype;

/** Units that the middlewares of a socket have let through, and whose handlers are not called yet. */
const letThrough = new WeakSet<Unit>();

/**
 * socket.io. Each event of a client that the application listens to is a unit, whatever the number of its listeners.
 *
 * - begins: with the middlewares of the socket (`socket.use`), or else with its first listener.
 * - ends: when its listeners have returned; those that are `async` functions, when they have settled. The library
 *   drops what they return, so that no other promise is followed.
 * - name: the event, below its namespace where that is not `/`. A client can only choose among events that have
 *   listeners. Namespaces that a pattern or a function lets clients name are `(dynamic)`.
 * - outcome: `error` where a listener throws or a middleware refuses the event.
 * - not counted: events without a listener, catch-all listeners (`onAny`), connections and their ends.
 */
export const socketIo: UnitSource<Parts> = {
  package: 'socket.io',
  find({ Socket }) {
    const sockets = prototypeOf(Socket);
    // The client's class has the same name.
    if (sockets === null || !['dispatch', 'run', 'leaveAll'].every((method) => method in sockets))
      return null;
    const emitters = Object.getPrototypeOf(sockets) as object;
    return 'emitUntyped' in emitters ? { sockets, emitters } : null;
  },
  install(hooks, { sockets, emitters }) {
    hookMiddlewares(hooks, sockets);
    hooks.replace(
      emitters,
      'emitUntyped',
      (original) =>
        function (this: Socket, ...args) {
          if (!Object.prototype.isPrototypeOf.call(sockets, this)) return original.apply(this, args);
          const unit = hooks.guarded(() => taken() ?? opened(hooks, this, args[0]));
          if (unit === null) return original.apply(this, args);
          return handle(hooks, unit, this, original, args);
        },
    );
  },
};

function hookMiddlewares(hooks: UnitHooks, sockets: object): void {
  hooks.replace(
    sockets,
    'run',
    (original) =>
      function (this: Socket, ...args) {
        const [event, next] = args as [unknown[], Method];
        const unit = hooks.guarded(() =>
          (this.fns?.length ?? 0) > 0 && typeof next === 'function' ? opened(hooks, this, event[0]) : null,
        );
        if (unit === null) return original.apply(this, args);
        const followed = (error?: unknown): unknown => {
          // The library takes whatever is true for a refusal.
          if (error) unit.fail(error);
          else if (!unit.ended) letThrough.add(unit);
          return hooks.units.run(unit, next, undefined, error, undefined, undefined);
        };
        try {
          return hooks.units.run(unit, original, this, event, followed, undefined);
        } catch (error) {
          unit.fail(error);
          throw error;
        }
      },
  );
}

/** The unit that its middlewares let through, once. */
function taken(): WorkUnit | null {
  const unit = currentUnit();
  return unit !== null && letThrough.delete(unit) && !unit.ended ? (unit as WorkUnit) : null;
}

function opened({ units }: UnitHooks, socket: Socket, event: unknown): WorkUnit | null {
  if (!units.active || typeof event !== 'string' || socket.listenerCount(event) === 0) return null;
  return units.open(begunBy(socket.nsp, event));
}

function begunBy(namespace: Namespace | undefined, event: string): Begun {
  const name = jobName(event);
  const destination = isDynamic(namespace) ? DYNAMIC : destinationOf(namespace?.name);
  return {
    kind: 'socket',
    system: 'socket.io',
    destination: namespace?.name === '/' ? name : destination,
    name,
  };
}

function isDynamic(namespace: Namespace | undefined): boolean {
  for (const { children } of namespace?.server?.parentNsps?.values() ?? [])
    if (children?.has(namespace)) return true;
  return false;
}

/** Runs the listeners of an event as its unit, and ends it with them. */
function handle(
  hooks: UnitHooks,
  unit: WorkUnit,
  socket: Socket,
  original: Method,
  args: unknown[],
): unknown {
  const pending = new Pending(unit);
  // Else what calls listeners is no longer Node's plain way, and is left to do so.
  const isPlain = EventEmitter.prototype.emit === emit && !captureRejections;
  const call = isPlain && args[0] !== 'error' ? callListeners : callOriginal;
  let result: unknown;
  try {
    result = hooks.units.run(unit, call, { socket, original, pending }, args, undefined, undefined);
  } catch (error) {
    unit.fail(error);
    throw error;
  }
  pending.returned();
  return result;
}

interface Calling {
  socket: Socket;
  original: Method;
  pending: Pending;
}

function callOriginal(this: Calling, args: unknown[]): unknown {
  return this.original.apply(this.socket, args);
}

/** What `emit` of Node does, which drops what listeners return. */
function callListeners(this: Calling, [event, ...args]: unknown[]): boolean {
  const listeners = this.socket.rawListeners(event as string);
  for (const listener of listeners as Array<Method & { listener?: Method }>) {
    const result: unknown = Reflect.apply(listener, this.socket, args);
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
