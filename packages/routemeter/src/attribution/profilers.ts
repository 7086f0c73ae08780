import { openSync, readSync } from 'node:fs';
import { constants } from 'node:os';

/** How long an answer stands, in ms: profilers run for seconds, and a look takes 5 µs. */
const STANDS_MS = 100;
/** Of a line of `/proc/PID/stat`: the mask of signals that are caught, counted from behind the program's name. */
const CAUGHT = 31;
const SPACE = 0x20;
const ZERO = 0x30;

/**
 * Tells whether a sampling profiler runs in this process, whosever it is: V8's own, for `--cpu-prof` or a
 * client of the inspector, or an addon's, as of dd-trace and Pyroscope. All of them sample by SIGPROF, which
 * a process of Node catches for as long as one of them runs. Null on other systems than Linux.
 *
 * @param clock in ms.
 */
export function profilersOfProcess(clock: () => number): (() => boolean) | null {
  let file: number;
  try {
    file = openSync('/proc/thread-self/stat', 'r');
  } catch {
    return null;
  }
  const bytes = Buffer.alloc(512);
  const bit = 2 ** (constants.signals.SIGPROF - 1);
  let known = false;
  let until = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock();
    if (now < until) return known;
    until = now + STANDS_MS;
    try {
      const length = readSync(file, bytes, 0, bytes.length, 0);
      known = Math.floor(caughtIn(bytes, length) / bit) % 2 === 1;
    } catch {
      // The application may close descriptors that it does not know.
      known = false;
    }
    return known;
  };
}

/** The name of a program may have anything in it, a bracket and spaces too. */
export function caughtIn(line: Buffer, length: number): number {
  let at = line.lastIndexOf(')', length - 1) + 2;
  for (let field = 0; field < CAUGHT; field++) at = line.indexOf(SPACE, at) + 1;
  let value = 0;
  for (; at < length && line[at] !== SPACE; at++) value = value * 10 + line[at]! - ZERO;
  return value;
}
