import { setImmediate } from 'node:timers/promises';

/** The kernel's buffer holds some tens of ms of packets at full speed: no question may keep them for longer. */
const BUSY_MS = 2;
/** A turn of the event loop reads so few packets from a socket that many turns may be needed. */
const MAX_REST_MS = 5 * BUSY_MS;

/** Payloads that the sockets of this process gave. */
let arrived = 0;

/** To be told of each payload: as long as they come, questions rest. */
export function payloadArrived(): void {
  arrived++;
}

/** To be awaited often: undefined most times, a promise where work should rest. */
export type Pause = () => Promise<void> | undefined;

/** Work between two looks at the clock. */
const EVERY = 16;

/**
 * Returns a function to await after every few microseconds of work: once it was busy for long enough, it
 * lets the sockets be read until nothing waits there, or for a while.
 */
export function breathe(): Pause {
  let since = performance.now();
  let calls = 0;
  return () => {
    if (++calls % EVERY !== 0) return undefined;
    const now = performance.now();
    if (now - since < BUSY_MS) return undefined;
    return rest(now).then(() => {
      since = performance.now();
    });
  };
}

/** Lets the sockets be read until nothing waits there, or for 10 ms. */
export async function rest(from = performance.now()): Promise<void> {
  let before: number;
  do {
    before = arrived;
    await setImmediate();
  } while (arrived !== before && performance.now() - from < MAX_REST_MS);
}
