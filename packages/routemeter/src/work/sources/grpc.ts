import { grpcFailureOf, grpcMethodOf } from '../../calls/grpc-name.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { leaveToCalls, type WorkUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Units } from '../units.ts';

interface Status {
  code?: unknown;
}

/** What a call tells of its end, in the library's own words. */
interface Tracker {
  addMessageSent(): void;
  addMessageReceived(): void;
  onStreamEnd(isWhole: boolean): void;
  onCallEnd(status: Status): void;
}

/** How the library hands over what a client sends. */
interface Listener {
  onReceiveMetadata(metadata: unknown): unknown;
  onReceiveMessage(message: unknown): unknown;
  onReceiveHalfClose(): unknown;
  onCancel(): unknown;
}

/** A call as its handlers have it, around others of interceptors, and in them the one that has the stream. */
interface ServerCall {
  nextCall?: ServerCall;
  callEventTracker?: Tracker | null;
  start(listener: Listener): unknown;
}

/** Statuses by which a server says that it failed; by the others the call was refused, or given up. */
const FAILED = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);
const SILENT: Tracker = { addMessageSent() {}, addMessageReceived() {}, onStreamEnd() {}, onCallEnd() {} };

/**
 * The server of @grpc/grpc-js. Each call is a unit, and no HTTP request beside it.
 *
 * - begins: when its headers have arrived and a method is registered under its path.
 * - ends: with its status, once that was handed to the stream; `CANCELLED` where the stream closed before.
 * - name: the path that the application registered; `other` for calls of anything else.
 * - outcome: `error` for the statuses by which a server says that it failed. Every status is a tag.
 */
export const grpc: UnitSource<object> = {
  package: '@grpc/grpc-js',
  find({ Server }) {
    const servers = prototypeOf(Server) as { _runHandlerForCall?: unknown; _setupHandlers?: unknown } | null;
    const { _runHandlerForCall: run, _setupHandlers: setUp } = servers ?? {};
    // Before 1.10 a call had no interceptors, and is served in another way.
    return typeof run === 'function' && run.length === 2 && typeof setUp === 'function' ? servers : null;
  },
  install(hooks, servers) {
    const { units } = hooks;
    const followed = new WeakSet<object>();
    hooks.replace(
      servers,
      '_setupHandlers',
      (original) =>
        function (this: unknown, ...args) {
          hooks.guarded(() => leaveToCalls(args[0] as object));
          return original.apply(this, args);
        },
    );
    hooks.replace(
      servers,
      '_retrieveHandler',
      (original) =>
        function (this: unknown, ...args) {
          const handler = original.apply(this, args) as unknown;
          if (handler === null && units.active)
            hooks.guarded(() => {
              const unit = units.open({ kind: 'rpc', system: 'grpc', name: 'other' });
              if (unit === null) return;
              units.run(unit, () => {}, undefined, undefined, undefined, undefined);
              end(unit, { code: 12 });
            });
          return handler;
        },
    );
    hooks.replace(
      servers,
      '_runHandlerForCall',
      (original) =>
        function (this: unknown, call: ServerCall, handler: { path?: unknown }) {
          const unit = units.active ? hooks.guarded(() => follow(hooks, followed, call, handler.path)) : null;
          if (unit === null) return original.call(this, call, handler);
          return units.run(unit, original, this, call, handler, undefined);
        },
    );
  },
};

function follow(
  hooks: UnitHooks,
  followed: WeakSet<object>,
  call: ServerCall,
  path: unknown,
): WorkUnit | null {
  const { units } = hooks;
  let base = call;
  while (base.nextCall !== undefined) base = base.nextCall;
  if (typeof base.start !== 'function' || !('callEventTracker' in base)) return null;
  // The class is not exported, and a property on each call makes all that the library does with it slower.
  const calls = Object.getPrototypeOf(base) as object;
  if (!followed.has(calls)) {
    followed.add(calls);
    hooks.replace(
      calls,
      'start',
      (original) =>
        function (this: ServerCall, listener) {
          const { callEventTracker: own } = this;
          const isOurs = own instanceof Following;
          return original.call(
            this,
            isOurs ? new Receiving(units, own.unit, listener as Listener) : listener,
          );
        },
    );
  }
  const unit = units.open({ kind: 'rpc', system: 'grpc', name: grpcMethodOf(path) });
  if (unit !== null) base.callEventTracker = new Following(unit, base.callEventTracker ?? SILENT);
  return unit;
}

/** In place of what a call tells its end to; it carries the unit. */
class Following implements Tracker {
  readonly unit: WorkUnit;
  private readonly tracker: Tracker;

  constructor(unit: WorkUnit, tracker: Tracker) {
    this.unit = unit;
    this.tracker = tracker;
  }

  addMessageSent(): void {
    this.tracker.addMessageSent();
  }

  addMessageReceived(): void {
    this.tracker.addMessageReceived();
  }

  onStreamEnd(isWhole: boolean): void {
    this.tracker.onStreamEnd(isWhole);
  }

  onCallEnd(status: Status): void {
    end(this.unit, status);
    this.tracker.onCallEnd(status);
  }
}

/** What arrives on the stream does so in the context of its connection. */
class Receiving implements Listener {
  private readonly units: Units;
  private readonly unit: WorkUnit;
  private readonly listener: Listener;

  constructor(units: Units, unit: WorkUnit, listener: Listener) {
    this.units = units;
    this.unit = unit;
    this.listener = listener;
  }

  onReceiveMetadata(metadata: unknown): unknown {
    return this.run(this.listener.onReceiveMetadata, metadata);
  }

  onReceiveMessage(message: unknown): unknown {
    return this.run(this.listener.onReceiveMessage, message);
  }

  onReceiveHalfClose(): unknown {
    return this.run(this.listener.onReceiveHalfClose, undefined);
  }

  onCancel(): unknown {
    return this.run(this.listener.onCancel, undefined);
  }

  private run(received: (value: unknown) => unknown, value: unknown): unknown {
    return this.units.run(this.unit, received, this.listener, value, undefined, undefined);
  }
}

function end(unit: WorkUnit, status: Status): void {
  const name = grpcFailureOf(status?.code)?.code ?? 'OK';
  unit.tag('rpc_response_status_code', name);
  if (FAILED.has(name)) {
    unit.setOutcome('error');
    unit.error = name;
  }
  unit.end();
}
