import { type Operand, tailCall } from './trampoline/module.ts';

// biome-ignore lint/suspicious/noExplicitAny: of any signature
type Fn = (...args: any[]) => any;

/**
 * A function of `length` parameters that calls `observe` with all of them, and then `target` with
 * `operands`, of which the first becomes its `this`.
 *
 * It stands in no stack trace: `observe` has returned, and the call that goes on takes the place of the
 * one it was made by, which JavaScript cannot do and WebAssembly can. So an error page that shows the
 * stack of an error is the same as without us, and no frame of the application falls off the ten that
 * V8 keeps. Where there is no WebAssembly (`--jitless`) it is an ordinary function, and seen.
 *
 * The parameters have no `this`: give what it stands for by `bind`, whose functions are not seen either.
 */
export function trampoline<F extends Fn>(
  length: number,
  observe: Fn,
  target: Fn,
  operands: readonly Operand[],
): F {
  const call = Function.prototype.call.bind(target);
  const made = tailCall(length, operands, observe, call) ?? plain(observe, call, operands);
  // One without a name keeps its number: V8 binds a function whose name was set hundreds of times slower.
  if (observe.name === '') return made as F;
  // What other tools show of it: WebAssembly's own are numbers.
  return Object.defineProperty(made, 'name', { value: observe.name, configurable: true }) as F;
}

/**
 * The same for a function that is known only when the call is made: `choose` returns it.
 *
 * @param operands what it is called with; its `this` is nothing.
 */
export function trampolineTo<F extends Fn>(length: number, choose: Fn, operands: readonly Operand[]): F {
  return trampoline(length, choose, Function.prototype.call, ['observed', 'nothing', ...operands]);
}

function plain(observe: Fn, call: Fn, operands: readonly Operand[]): Fn {
  return (...args) => {
    const observed: unknown = observe(...args);
    return call(
      ...operands.map((one) =>
        one === 'observed' ? observed : one === 'nothing' ? undefined : (args[one] as unknown),
      ),
    );
  };
}
