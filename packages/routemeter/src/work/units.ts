import { engine } from '../attribution/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import { defaultMeter, type Meter, type WorkUnit } from '../meter/index.ts';
import { isPromise, type UnitParts } from '../unit/index.ts';

/** What a source tells when a unit begins. */
export interface Begun extends UnitParts {
  /** How long it waited before it ran, in milliseconds. Leave it out where nobody knows. */
  queued?: number | undefined;
}

/** Called before a unit ends, with the error that it ends with or undefined: may set its outcome, or tag it. */
export type Judge = (unit: WorkUnit, error: unknown) => void;

/**
 * What sources of units of work tell it: each handler of a library that they follow is a unit. It never throws
 * back, and what it runs returns and throws as it would without.
 *
 * @example
 * units.around({ kind: 'job', system: 'bullmq', destination: job.queueName, name: job.name }, handler, this, [job])
 */
export class Units {
  private readonly meter: () => Meter;

  /** @param meter of the application; the process's own, found at the first unit, unless a source was given another. */
  constructor(meter: () => Meter = defaultMeter) {
    this.meter = meter;
  }

  /** Whether anything is measured; without it a source does nothing. */
  get active(): boolean {
    try {
      return this.meter().enabled;
    } catch {
      return false;
    }
  }

  /** A unit begins; `run` follows at once. Null where nothing is measured. */
  open(begun: Begun): WorkUnit | null {
    try {
      const meter = this.meter();
      if (!meter.enabled) return null;
      const unit = meter.openWork(begun);
      if (begun.queued !== undefined && begun.queued >= 0) unit.queued = begun.queued;
      return unit;
    } catch (error) {
      warnOnce('RM_INTERNAL', 'units', `following a unit of work failed and was contained: ${textOf(error)}`);
      return null;
    }
  }

  /** Runs `fn.call(thisArg, a, b, c)` as part of an open unit, which goes on until `unit.end()` or `unit.fail()`. */
  run<A, B, C, R>(unit: WorkUnit, fn: (a: A, b: B, c: C) => R, thisArg: unknown, a: A, b: B, c: C): R {
    try {
      return engine().run(unit, fn, thisArg, a, b, c);
    } finally {
      engine().hold(unit);
    }
  }

  /**
   * Makes the code that calls part of an open unit until its end: for what a library tells in the midst of its own
   * async function, behind the first `await` of it, so that nobody else's code goes on in the context.
   */
  enter(unit: WorkUnit): void {
    engine().enter(unit);
    engine().hold(unit);
  }

  /**
   * The whole life of a unit that is one call of a handler: it ends when that returns, throws, or its promise
   * settles.
   */
  around<R>(
    begun: Begun,
    handler: (...args: never[]) => R,
    thisArg: unknown,
    args: readonly unknown[],
    judge?: Judge,
  ): R {
    const unit = this.open(begun);
    if (unit === null) return Reflect.apply(handler, thisArg, args) as R;
    const end = (error: unknown, hasFailed: boolean, returned: boolean): void => {
      if (unit.ended) return;
      if (judge !== undefined) contained(judge, unit, hasFailed ? error : undefined);
      if (hasFailed) unit.fail(error, returned);
      else unit.finish(returned);
    };
    let result: R;
    try {
      result = engine().run(unit, apply<R>, undefined, handler, thisArg, args);
    } catch (error) {
      end(error, true, true);
      throw error;
    }
    if (!isPromise(result)) {
      end(undefined, false, true);
      return result;
    }
    engine().hold(unit);
    return result.then(
      (value) => {
        end(undefined, false, false);
        return value;
      },
      (error: unknown) => {
        end(error, true, false);
        throw error;
      },
    ) as R;
  }
}

function apply<R>(fn: (...args: never[]) => R, self: unknown, args: readonly unknown[]): R {
  return Reflect.apply(fn, self, args) as R;
}

function contained(judge: Judge, unit: WorkUnit, error: unknown): void {
  try {
    judge(unit, error);
  } catch (thrown) {
    warnOnce('RM_INTERNAL', 'units', `judging a unit of work failed and was contained: ${textOf(thrown)}`);
  }
}
