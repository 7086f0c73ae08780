import { clearInterval, immediates, setInterval } from '../../platform/index.ts';
import { outside } from '../outside.ts';

/** What is known of the turns of an event loop. A virtual one takes its place in tests. */
export interface LoopTurns {
  /** How many polls for events have begun. Moves right before each. */
  count(): number;
  /** Calls a function in each turn after the callbacks of its poll, without keeping the loop busy or alive. Returns what ends it. */
  everyTurn(act: () => void): () => void;
  /** Calls a function every `ms`, without keeping the loop alive. Returns what ends it. */
  every(ms: number, act: () => void): () => void;
}

interface Timing {
  uvMetricsInfo?: { loopCount: number };
}

/** The turns of this thread's loop, or null where Node does not count them (before 20.18 and 22.8). */
export function turnsOfLoop(): LoopTurns | null {
  const timing = performance.nodeTiming as Timing;
  if (typeof timing.uvMetricsInfo?.loopCount !== 'number' || immediates === null) return null;
  const { set, clear } = immediates;
  return {
    count: () => timing.uvMetricsInfo!.loopCount,
    everyTurn(act) {
      // One immediate in each turn. It is unreferenced: the loop neither spins for it nor lives by it.
      const again = () => {
        next = set(again).unref();
        act();
      };
      // Outside of any request's context, which the chain of immediates would keep for good.
      let next = outside(() => set(again)).unref();
      return () => clear(next);
    },
    every(ms, act) {
      const timer = outside(() => setInterval(act, ms)).unref();
      return () => clearInterval(timer);
    },
  };
}
