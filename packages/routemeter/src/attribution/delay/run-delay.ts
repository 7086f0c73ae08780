import { openSync, readSync } from 'node:fs';

const SPACE = 0x20;
const ZERO = 0x30;

/**
 * How long this thread was ready to run while others had its core, in ms: the second figure of the Linux
 * scheduler. Null on other systems.
 */
export function runDelayOfThread(): (() => number) | null {
  let file: number;
  try {
    // Opened by the thread that it is about.
    file = openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return null;
  }
  const bytes = Buffer.alloc(64);
  let known = 0;
  return () => {
    try {
      const length = readSync(file, bytes, 0, bytes.length, 0);
      known = second(bytes, length) / 1e6;
    } catch {
      // The application may close descriptors that it does not know: nothing more is told.
    }
    return known;
  };
}

function second(bytes: Buffer, length: number): number {
  let at = bytes.indexOf(SPACE) + 1;
  let value = 0;
  for (; at < length && bytes[at] !== SPACE; at++) value = value * 10 + bytes[at]! - ZERO;
  return value;
}
