import { now } from '../platform/index.ts';
import type { Engine } from './contract.ts';
import { turnsOfLoop } from './delay/loop.ts';
import { runDelayOfThread } from './delay/run-delay.ts';
import { type EngineClocks, LoopEngine } from './loop-engine.ts';
import { profilersOfProcess } from './profilers.ts';
import { shared } from './shared.ts';
import { findThreadClock } from './thread-clock.ts';

/** An engine with clocks of one's own: tests drive it by a virtual clock. */
export function createEngine(clocks: EngineClocks): Engine {
  return new LoopEngine(clocks);
}

/**
 * How long the loop has waited. Node's object of timings has become a dictionary, in which a property is looked for
 * each time: its getter is called instead, where there is one.
 */
function idleOfLoop(): () => number {
  const { nodeTiming } = performance;
  const getter = Object.getOwnPropertyDescriptor(nodeTiming, 'idleTime')?.get as (() => number) | undefined;
  return getter === undefined ? () => nodeTiming.idleTime : () => getter.call(nodeTiming);
}

let own: Engine | undefined;

/** The process's engine; made by the first copy of the library that asks. */
export function engine(): Engine {
  own ??= shared('engine', () =>
    createEngine({
      clock: now,
      idle: idleOfLoop(),
      threadClock: () => findThreadClock(now),
      turns: turnsOfLoop,
      runDelay: runDelayOfThread,
      profilers: () => profilersOfProcess(now),
    }),
  );
  return own;
}
