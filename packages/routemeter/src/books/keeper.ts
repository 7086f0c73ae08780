import { isGuest, outside, shared } from '../attribution/index.ts';
import { clearInterval, setInterval } from '../platform/index.ts';
import { type Leaver, leavers } from './exit.ts';

/** A meter, as far as it is kept: it acts from time to time, and at the end of the process. */
export interface Kept extends Leaver {
  tick(): void;
}

/** @returns a function that ends it. */
type Keep = (kept: Kept, everyMs: number) => () => void;

/**
 * Calls `tick` again and again, and `leave` when the process ends, until the function returned is
 * called.
 *
 * In a test file's realm the meter is held weakly: a file that leaves it open would otherwise stay in
 * memory with all that it has loaded. Its test holds it for as long as it records.
 */
export function keep(kept: Kept, everyMs: number): () => void {
  return isGuest ? shared('guests', makeGuests)(kept, everyMs) : hold(kept, everyMs);
}

function hold(kept: Kept, everyMs: number): () => void {
  const timer = setInterval(() => kept.tick(), everyMs);
  timer.unref();
  leavers().add(kept);
  return () => {
    clearInterval(timer);
    leavers().delete(kept);
  };
}

/** All that it makes is of the first realm that asks: what it made in each would hold each. */
function makeGuests(): Keep {
  const gone = new FinalizationRegistry<() => void>((end) => end());
  return (kept, everyMs) => {
    const weak = new WeakRef(kept);
    // Of the context in which the first realm was loaded: that of another may hold its running test.
    const timer = outside(() => setInterval(() => weak.deref()?.tick(), everyMs)).unref();
    const leaver: Leaver = { settle: () => weak.deref()?.settle?.(), leave: () => weak.deref()?.leave() };
    leavers().add(leaver);
    const end = () => {
      clearInterval(timer);
      leavers().delete(leaver);
    };
    const token = {};
    gone.register(kept, end, token);
    return () => {
      end();
      gone.unregister(token);
    };
  };
}
