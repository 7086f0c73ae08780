import type { EventEmitter } from 'node:events';
import { destinationOf } from '../../calls/destination.ts';
import type { Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { currentUnit, type Unit, type WorkUnit } from '../../unit/index.ts';
import { runListeners } from '../listeners.ts';
import { jobName } from '../naming.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Begun } from '../units.ts';

interface Namespace {
  name?: unknown;
  server?: { parentNsps?: Map<unknown, { children?: Set<unknown> }> };
}

interface Socket extends EventEmitter {
  nsp?: Namespace;
  connected?: unknown;
  fns?: readonly unknown[];
}

interface Parts {
  sockets: object;
  /** What sockets inherit the call of their listeners from. */
  emitters: object;
}

/** What clients call as they like within a pattern or a function of the application. */
const DYNAMIC = '(dynamic)';
/** Units of one socket whose listeners are not called yet; beyond, the oldest are ended. */
export const IN_MIDDLEWARES = 1000;

/** Units that the middlewares of a socket have let through, and whose listeners are not called yet. */
const letThrough = new WeakSet<Unit>();
/** By their sockets, all whose listeners are not called yet. */
const inMiddlewares = new WeakMap<Socket, Set<WorkUnit>>();

/**
 * socket.io. Each event of a client that the application listens to is a unit, whatever the number of its listeners.
 *
 * - begins: with the middlewares of the socket (`socket.use`), or else with its first listener.
 * - ends: when its listeners have returned; those that are `async` functions, when they have settled. The library
 *   drops what they return, so that no other promise is followed.
 * - name: the event, below its namespace where that is not `/`. A client can only choose among events that have
 *   listeners. Namespaces that a pattern or a function lets clients name are `(dynamic)`.
 * - outcome: `error` where a listener throws or a middleware refuses the event; `stalled` where the socket was closed
 *   before its middlewares had let the event through.
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
    hookCloses(hooks, sockets);
    hooks.replace(
      emitters,
      'emitUntyped',
      (original) =>
        function (this: Socket, ...args) {
          if (!Object.prototype.isPrototypeOf.call(sockets, this)) return original.apply(this, args);
          const unit = hooks.guarded(() => taken(this) ?? opened(hooks, this, args[0]));
          if (unit === null) return original.apply(this, args);
          return runListeners(hooks.units, unit, this, original, args);
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
        hooks.guarded(() => remember(this, unit));
        const followed = (error?: unknown): unknown => {
          // The library takes whatever is true for a refusal.
          if (error) refuse(this, unit, error);
          else if (!unit.ended) letThrough.add(unit);
          return hooks.units.run(unit, next, undefined, error, undefined, undefined);
        };
        try {
          return hooks.units.run(unit, original, this, event, followed, undefined);
        } catch (error) {
          refuse(this, unit, error);
          throw error;
        }
      },
  );
}

/** The library calls no listeners of a socket that is closed. */
function hookCloses(hooks: UnitHooks, sockets: object): void {
  hooks.replace(
    sockets,
    '_onclose',
    (original) =>
      function (this: Socket, ...args) {
        const result: unknown = original.apply(this, args);
        for (const unit of inMiddlewares.get(this) ?? []) stall(unit);
        inMiddlewares.delete(this);
        return result;
      },
  );
}

function remember(socket: Socket, unit: WorkUnit): void {
  let units = inMiddlewares.get(socket);
  if (units === undefined) inMiddlewares.set(socket, (units = new Set()));
  if (units.size >= IN_MIDDLEWARES) {
    const [oldest] = units;
    units.delete(oldest!);
    stall(oldest!);
  }
  units.add(unit);
}

function refuse(socket: Socket, unit: WorkUnit, error: unknown): void {
  inMiddlewares.get(socket)?.delete(unit);
  unit.fail(error);
}

function stall(unit: WorkUnit): void {
  unit.setOutcome('stalled').end();
}

/** The unit that the middlewares of a socket let through, once. */
function taken(socket: Socket): WorkUnit | null {
  const unit = currentUnit();
  if (unit === null || !letThrough.delete(unit) || unit.ended) return null;
  inMiddlewares.get(socket)?.delete(unit as WorkUnit);
  return unit as WorkUnit;
}

function opened({ units }: UnitHooks, socket: Socket, event: unknown): WorkUnit | null {
  if (!units.active || typeof event !== 'string' || socket.listenerCount(event) === 0) return null;
  // What arrives behind the end is dropped by the library.
  if (socket.connected === false) return null;
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
