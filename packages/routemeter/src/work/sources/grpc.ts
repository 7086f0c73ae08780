import { grpcFailureOf, grpcMethodOf } from '../../calls/grpc-name.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { leaveToCalls, type WorkUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';

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

type Listener = Record<string, unknown>;

/** A call as its handlers have it, around others of interceptors, and in them the one that has the stream. */
interface ServerCall {
  nextCall?: ServerCall;
  callEventTracker?: Tracker | null;
  start(listener: Listener): unknown;
}

/** How the library hands over what a client sends. */
const RECEIVED = ['onReceiveMetadata', 'onReceiveMessage', 'onReceiveHalfClose', 'onCancel'];
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
          const unit = units.active ? hooks.guarded(() => follow(hooks, call, handler.path)) : null;
          if (unit === null) return original.call(this, call, handler);
          return units.run(unit, original, this, call, handler, undefined);
        },
    );
  },
};

function follow({ units }: UnitHooks, call: ServerCall, path: unknown): WorkUnit | null {
  const { start } = call;
  let base = call;
  while (base.nextCall !== undefined) base = base.nextCall;
  if (typeof start !== 'function' || !('callEventTracker' in base)) return null;
  const unit = units.open({ kind: 'rpc', system: 'grpc', name: grpcMethodOf(path) });
  if (unit === null) return null;
  const tracker = base.callEventTracker ?? SILENT;
  base.callEventTracker = {
    addMessageSent: () => tracker.addMessageSent(),
    addMessageReceived: () => tracker.addMessageReceived(),
    onStreamEnd: (isWhole) => tracker.onStreamEnd(isWhole),
    onCallEnd(status) {
      end(unit, status);
      tracker.onCallEnd(status);
    },
  };
  // What arrives on the stream does so in the context of its connection.
  call.start = function (this: ServerCall, listener) {
    Reflect.deleteProperty(call, 'start');
    return start.call(this, received(units, unit, listener));
  };
  return unit;
}

function received(units: UnitHooks['units'], unit: WorkUnit, listener: Listener): Listener {
  const own: Listener = { ...listener };
  for (const name of RECEIVED) {
    const original = listener[name];
    if (typeof original !== 'function') continue;
    own[name] = (value: unknown): unknown =>
      units.run(unit, original as (value: unknown) => unknown, listener, value, undefined, undefined);
  }
  return own;
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
