import { grpcFailureOf, grpcMethodOf } from '../../calls/grpc-name.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { leaveToCalls, type WorkUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Begun, Units } from '../units.ts';

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

/** What an application registers for a method. */
interface Handler {
  path?: unknown;
}

/** What is known of a library's servers. */
interface Known {
  readonly hooks: UnitHooks;
  /** Classes of calls that are followed. */
  readonly followed: WeakSet<object>;
  /** What each handler's calls are. */
  readonly methods: WeakMap<object, Begun>;
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

interface End {
  readonly name: string;
  /** One tag for all calls that end so. */
  readonly told: WorkUnit['told'];
  readonly isFailure: boolean;
}

/** How calls end, by the name of their status. */
const ends = new Map<string, End>();
const OK = endOf(0);

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
    const known: Known = { hooks, followed: new WeakSet(), methods: new WeakMap() };
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
        function (this: unknown, call: ServerCall, handler: Handler) {
          const unit = units.active ? hooks.guarded(follow, known, call, handler) : null;
          if (unit === null) return original.call(this, call, handler);
          return units.run(unit, original, this, call, handler, undefined);
        },
    );
  },
};

function begunOf(methods: WeakMap<object, Begun>, handler: Handler): Begun {
  let begun = methods.get(handler);
  if (begun === undefined)
    methods.set(handler, (begun = { kind: 'rpc', system: 'grpc', name: grpcMethodOf(handler.path) }));
  return begun;
}

function follow({ hooks, followed, methods }: Known, call: ServerCall, handler: Handler): WorkUnit | null {
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
  const unit = units.open(begunOf(methods, handler));
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
  const code = status?.code;
  const { name, told, isFailure } = code === 0 ? OK : endOf(code);
  unit.told = told;
  if (isFailure) {
    unit.setOutcome('error');
    unit.error = name;
  }
  unit.end();
}

function endOf(code: unknown): End {
  const name = grpcFailureOf(code)?.code ?? 'OK';
  let found = ends.get(name);
  if (found === undefined) {
    const told = { key: 'rpc_response_status_code', value: name, origin: 'user' } as const;
    ends.set(name, (found = { name, told, isFailure: FAILED.has(name) }));
  }
  return found;
}
