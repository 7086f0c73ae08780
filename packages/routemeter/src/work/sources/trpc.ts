import { currentUnit, type WorkUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';

interface TrpcError {
  code?: unknown;
  cause?: unknown;
}

type Result = { ok: true } | { ok: false; error?: TrpcError };

/** What a middleware of the library is called with. */
interface Middleware {
  path: string;
  /** Given for each call of a client; a server that calls itself seldom has one. */
  signal?: unknown;
  next(): Promise<Result>;
}

interface Builder {
  use?(middleware: (options: Middleware) => Promise<Result>): unknown;
}

/** Codes by which a server says that it failed: those that HTTP answers by 500 and above. */
const FAILED = new Set([
  'INTERNAL_SERVER_ERROR',
  'NOT_IMPLEMENTED',
  'BAD_GATEWAY',
  'SERVICE_UNAVAILABLE',
  'GATEWAY_TIMEOUT',
]);
const CODE = /^[A-Z][A-Z_]{0,39}$/;

/**
 * tRPC. Each procedure that a client calls is a unit, of a batch each one; the request around them stays what it is.
 *
 * - begins: before the procedure's own middlewares and the check of its input, by a middleware in front of them.
 * - ends: with its result; that of a subscription with what is iterated then.
 * - name: the procedure's path in the router.
 * - outcome: `error` for codes that HTTP answers by 500 and above. Every code is a tag.
 * - not counted: paths without a procedure, and what the server calls itself by `createCaller`, which belongs to its
 *   caller.
 */
export const trpc: UnitSource<object> = {
  package: '@trpc/server',
  find({ initTRPC }) {
    const { create, context, meta } = (initTRPC ?? {}) as Record<string, unknown>;
    const isBuilder = [create, context, meta].every((one) => typeof one === 'function');
    return isBuilder ? (Object.getPrototypeOf(initTRPC) as object) : null;
  },
  install(hooks, builders) {
    hooks.replace(
      builders,
      'create',
      (original) =>
        function (this: unknown, ...args) {
          const made = original.apply(this, args) as { procedure?: Builder };
          hooks.guarded(() => {
            const { procedure } = made;
            if (typeof procedure?.use === 'function')
              made.procedure = procedure.use((options) => run(hooks, options)) as Builder;
          });
          return made;
        },
    );
  },
};

function run({ units }: UnitHooks, { path, signal, next }: Middleware): Promise<Result> {
  if (signal === undefined || !units.active || isInside()) return next();
  const unit = units.open({ kind: 'rpc', system: 'trpc', name: path });
  if (unit === null) return next();
  return units.run(unit, next, undefined, undefined as never, undefined, undefined).then(
    (result) => {
      end(unit, result);
      return result;
    },
    (error: unknown) => {
      unit.fail(error);
      throw error;
    },
  );
}

/** Inside another call: a server that calls itself, or the same middleware again, of a procedure with several bases. */
function isInside(): boolean {
  const around = currentUnit();
  return around?.kind === 'rpc' && !around.ended;
}

function end(unit: WorkUnit, result: Result): void {
  if (result?.ok !== false) {
    unit.tag('rpc_response_status_code', 'OK').end();
    return;
  }
  const { code, cause } = result.error ?? {};
  const name = CODE.test(String(code)) ? String(code) : 'INTERNAL_SERVER_ERROR';
  unit.tag('rpc_response_status_code', name);
  if (!FAILED.has(name)) {
    unit.end();
  } else if (cause instanceof Error) {
    unit.fail(cause);
  } else {
    unit.setOutcome('error');
    unit.error = name;
    unit.end();
  }
}
