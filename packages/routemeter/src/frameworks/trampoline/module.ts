// biome-ignore lint/suspicious/noExplicitAny: of any signature
type Fn = (...args: any[]) => any;

/** An argument of the call that goes on: the number of a parameter, what `observe` returned, or nothing. */
export type Operand = number | 'observed' | 'nothing';

/** What is used of WebAssembly, for which Node has no types of its own. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: { run: Fn } };
}

/** Opcodes and types of the binary format, https://webassembly.github.io/spec/core/binary/. */
const EXTERNREF = 0x6f;
const FUNCTION = 0x60;
const LOCAL_GET = 0x20;
const REF_NULL = 0xd0;
const CALL = 0x10;
const RETURN_CALL = 0x12;
const END = 0x0b;
const OBSERVE = 0;
const TARGET = 1;
const RUN = 2;

const modules = new Map<string, object | null>();

/**
 * A function that calls `observe` with its parameters and ends in a call of `call` with `operands`; null
 * where that cannot be had.
 */
export function tailCall(length: number, operands: readonly Operand[], observe: Fn, call: Fn): Fn | null {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyApi };
  if (WebAssembly === undefined) return null;
  const key = `${length} ${operands.join()}`;
  try {
    let module = modules.get(key);
    if (module === undefined) {
      modules.set(key, null);
      modules.set(key, (module = new WebAssembly.Module(binary(length, operands))));
    }
    if (module === null) return null;
    return new WebAssembly.Instance(module, { env: { observe, call } }).exports.run;
  } catch {
    // Forbidden, or without tail calls.
    return null;
  }
}

/**
 * (module
 *   (import "env" "observe" (func $observe (param externref ...) (result externref)))
 *   (import "env" "call" (func $call (param externref ...) (result externref)))
 *   (func (export "run") (param externref ...) (result externref)
 *     (return_call $call operands...)))
 *
 * where the observed operand is (call $observe parameters...). It is observed before anything else is
 * put on the stack, into a local of its own.
 */
function binary(length: number, operands: readonly Operand[]): Uint8Array {
  const parameters = Array.from({ length }, (_, index) => [LOCAL_GET, index]).flat();
  const observed = length;
  const given = operands.flatMap((one) => {
    if (one === 'nothing') return [REF_NULL, EXTERNREF];
    return [LOCAL_GET, one === 'observed' ? observed : one];
  });
  const LOCAL_SET = 0x21;
  const code = [
    ...[1, 1, EXTERNREF],
    ...[...parameters, CALL, OBSERVE, LOCAL_SET, observed],
    ...[...given, RETURN_CALL, TARGET, END],
  ];
  return Uint8Array.from([
    ...[0, ...text('asm').slice(1), 1, 0, 0, 0],
    ...section(1, [signature(length), signature(operands.length)]),
    ...section(2, [
      [...text('env'), ...text('observe'), 0, 0],
      [...text('env'), ...text('call'), 0, 1],
    ]),
    ...section(3, [[0]]),
    ...section(7, [[...text('run'), 0, RUN]]),
    ...section(10, [sized(code)]),
  ]);
}

function signature(length: number): number[] {
  return [FUNCTION, ...sized(new Array<number>(length).fill(EXTERNREF)), 1, EXTERNREF];
}

/** Sizes stay below 128, where the format's variable numbers are one byte. */
function sized(bytes: readonly number[]): number[] {
  return [bytes.length, ...bytes];
}

function text(value: string): number[] {
  return sized(Array.from(value, (letter) => letter.charCodeAt(0)));
}

function section(id: number, entries: ReadonlyArray<readonly number[]>): number[] {
  return [id, ...sized([entries.length, ...entries.flat()])];
}
