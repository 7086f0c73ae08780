import { setImmediate } from 'node:timers/promises';

/** A long question must not keep the sockets waiting: the kernel's buffer holds some hundred ms of packets. */
const BUSY_MS = 8;

/** Returns a function to await often: it lets other work run once it was busy for long enough. */
export function breathe(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < BUSY_MS) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}
