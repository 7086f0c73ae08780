import { engine } from '../attribution/index.ts';
import { dress, type Method } from '../calls/dress.ts';
import { RoutemeterError, show, textOf, warnOnce } from '../errors/index.ts';
import { checkWork, defaultMeter, type Meter, type WorkOptions } from '../meter/index.ts';
import { clearTimeout, setTimeout, type Timer } from '../platform/index.ts';
import type { UnitParts, WorkUnit } from '../unit/index.ts';

export interface LambdaOptions extends WorkOptions {
  /** Default the process's own. */
  meter?: Meter | undefined;
  /** Default the function's, as AWS_LAMBDA_FUNCTION_NAME has it. */
  name?: string | undefined;
}

/** How long an invocation may wait for its metrics to be handed over, in ms. */
const FLUSH_MS = 500;
/** What is left of the invocation's own time then, in ms. */
const SPARE_MS = 50;

interface Context {
  getRemainingTimeInMillis?(): unknown;
}

/**
 * Wraps the handler of an AWS Lambda function: each invocation is a unit of work, and what was recorded is sent before
 * its result is returned, since the process may be frozen right after. Handlers that return a promise, that call back
 * or that stream are handed on as they are. At most half a second is spent on sending, and less where the invocation
 * has less time left.
 *
 * @throws RoutemeterError RM_OPTION_INVALID for what is no function, and for options that make no sense.
 *
 * @example
 * export const handler = lambdaMeter(async (event) => ship(event))
 */
// biome-ignore lint/suspicious/noExplicitAny: the signature passes through
export function lambdaMeter<F extends (...args: any[]) => any>(handler: F, options: LambdaOptions = {}): F {
  if (typeof handler !== 'function') {
    throw new RoutemeterError(
      'RM_OPTION_INVALID',
      `lambdaMeter(): ${show(handler)} is no handler; write lambdaMeter(async (event) => ...)`,
    );
  }
  const { meter, name = process.env.AWS_LAMBDA_FUNCTION_NAME || handler.name || 'lambda', ...work } = options;
  if (typeof name !== 'string' || name === '') {
    throw new RoutemeterError('RM_OPTION_INVALID', `lambdaMeter(): name ${show(name)} must be text`);
  }
  const { kind = 'work', tags, ...more } = checkWork(work, 'lambdaMeter');
  const parts: UnitParts = { ...more, kind, name };
  let isFirst = true;
  const wrapped: Method = function (this: unknown, ...args) {
    const used = meter ?? defaultMeter();
    const unit = opened(used, parts, tags);
    if (unit === null) return handler.apply(this, args) as unknown;
    if (isFirst) unit.tag('faas_coldstart', true);
    isFirst = false;
    return invoke(used, unit, handler, this, args);
  };
  dress(wrapped, handler);
  return wrapped as F;
}

/** Null where nothing is measured. */
function opened(meter: Meter, parts: UnitParts, tags: LambdaOptions['tags']): WorkUnit | null {
  try {
    return meter.enabled ? meter.openWork(parts, tags) : null;
  } catch (error) {
    warnOnce('RM_INTERNAL', 'lambda', `following an invocation failed and was contained: ${textOf(error)}`);
    return null;
  }
}

function invoke(meter: Meter, unit: WorkUnit, handler: Method, self: unknown, args: unknown[]): unknown {
  const given = args.at(-1);
  const handOver = () => flushed(meter, args);
  const passed =
    typeof given === 'function' ? [...args.slice(0, -1), callingBack(unit, given as Method, handOver)] : args;
  let result: unknown;
  try {
    result = engine().run(unit, apply, undefined, handler, self, passed);
  } catch (error) {
    unit.fail(error, true);
    return handOver().then(() => {
      throw error;
    });
  }
  if (!isThenable(result)) {
    if (typeof given !== 'function') {
      unit.finish(true);
      return handOver().then(() => result);
    }
    // It calls back, then or later.
    if (!unit.ended) engine().hold(unit);
    return result;
  }
  engine().hold(unit);
  return Promise.resolve(result).then(
    async (value) => {
      unit.end();
      await handOver();
      return value;
    },
    async (error: unknown) => {
      unit.fail(error);
      await handOver();
      throw error;
    },
  );
}

/** In place of the runtime's callback, which ends the invocation. */
function callingBack(unit: WorkUnit, callback: Method, handOver: () => Promise<void>): Method {
  return function (this: unknown, ...told) {
    const [error] = told;
    if (error === null || error === undefined) unit.end();
    else unit.fail(error);
    void handOver().then(() => {
      // What it throws is the runtime's, and no rejection of ours.
      process.nextTick(() => callback.apply(this, told));
    });
  };
}

function apply(handler: Method, self: unknown, args: unknown[]): unknown {
  return handler.apply(self, args);
}

/** As the runtime tells a promise. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

/** Never rejects. Its timer keeps the process, which may have nothing else to do, until all is sent. */
async function flushed(meter: Meter, args: readonly unknown[]): Promise<void> {
  let timer: Timer | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(FLUSH_MS, timeLeft(args)));
  });
  await Promise.race([meter.flush(), late]);
  clearTimeout(timer as Timer);
}

function timeLeft(args: readonly unknown[]): number {
  for (const one of args) {
    try {
      const left = (one as Context | null | undefined)?.getRemainingTimeInMillis?.();
      if (typeof left === 'number') return Math.max(0, left - SPARE_MS);
    } catch {
      // An emulation may have none.
    }
  }
  return FLUSH_MS;
}
