import type { LoggedStall } from './log.ts';

/** What of a long wait counts for one sample at most, in intervals: beyond that the sampler did not run either. */
const GAP = 2;
/** So many samples in a row in one place are a wait, wherever they lie. */
const RUN = 3;
/** So many close together in one place, where nothing can wait, are told from a thread that lost its core. */
const DENSE = 10;
/** Samples that are no further apart than this, in intervals, are close together. */
const CLOSE = 1.5;
/** A wait is told by name from this length on, in ms. */
const TOLD_MS = 2;

/** A sample in the stretch of a stall. */
export interface Within {
  /** Its index. */
  sample: number;
  stack: number;
  /** In ms since the begin of the profile. */
  time: number;
}

export interface Waited {
  /** How much of each sample's time is stalled, 0 to 1, in their order. */
  shares: number[];
  /** Whether the thread stood still in code that does not wait, in their order. */
  halted: boolean[];
  /** How long each sample stands for, in ms: a thread that does not run is sampled less often, or more. */
  each: number;
  /** Where it waited; -1 where that cannot be told. */
  stack: number;
  /** What is stalled after all, in ms: less than was given where that is doubtful. */
  stalled: number;
}

/**
 * Says where in a stretch the loop was held without using CPU. A thread that waits in a system call is sampled
 * on and on, at one place; one whose core another process has is not. So samples that stand in a row in code
 * that can wait take what they were there for, and what is left is spread over all. Code that cannot wait was
 * halted, by a debugger or in `Atomics.wait()`, where it is sampled on and on for longer than CPU was used.
 *
 * @param canWait whether a stack ends in native code, of Node or of an addon.
 * Where it is doubtful that the loop was held at all, only such rows tell that it was.
 *
 * @param within the samples in which the loop had something to do.
 * @param interval between two samples, in ms.
 */
export function waited(
  stall: Pick<LoggedStall, 'share' | 'stalled' | 'isDoubtful'>,
  within: readonly Within[],
  canWait: (stack: number) => boolean,
  interval: number,
): Waited {
  const isWait = new Array<boolean>(within.length).fill(false);
  const halted = new Array<boolean>(within.length).fill(false);
  const cpu = stall.stalled * (1 / stall.share - 1);
  let room = 0;
  let longest = { stack: -1, ms: 0, samples: 0 };
  let from = 0;
  for (let i = 1; i <= within.length; i++) {
    if (i < within.length && within[i]!.stack === within[from]!.stack) continue;
    const samples = i - from;
    const { stack } = within[from]!;
    const isCall = canWait(stack) && (samples >= RUN || (!stall.isDoubtful && samples * 2 >= within.length));
    const isHalt = !isCall && samples >= DENSE && dense(within, from, i, interval) > 2 * cpu;
    if (isCall || isHalt) {
      let ms = interval;
      for (let j = from + 1; j < i; j++)
        ms += Math.min(within[j]!.time - within[j - 1]!.time, GAP * interval);
      isWait.fill(true, from, i);
      room += ms;
      if (isHalt) halted.fill(true, from, i);
      else if (ms > longest.ms) longest = { stack, ms, samples };
    }
    from = i;
  }
  const waits = isWait.filter(Boolean).length;
  const others = within.length - waits;
  const found = Math.min(room, stall.stalled);
  const stalled = stall.isDoubtful ? found : stall.stalled;
  const each = within.length === 0 ? 0 : (cpu + stalled) / within.length;
  // What the others have no room for was there, too: else it would read as CPU.
  const taken = Math.max(found, stalled - others * each);
  const first = waits === 0 || each === 0 ? 0 : Math.min(1, taken / (waits * each));
  const rest = others === 0 || each === 0 ? 0 : Math.min(1, (stalled - taken) / (others * each));
  const isTold = longest.samples > 1 && longest.ms >= TOLD_MS && longest.ms * 2 >= stalled;
  return {
    shares: isWait.map((wait) => Math.round((wait ? first : rest) * 1e4) / 1e4),
    halted,
    each,
    stack: isTold ? longest.stack : -1,
    stalled,
  };
}

/** How long samples in one place are close together, in ms. */
function dense(within: readonly Within[], from: number, to: number, interval: number): number {
  let ms = 0;
  for (let i = from + 1; i < to; i++) {
    const gap = within[i]!.time - within[i - 1]!.time;
    if (gap <= CLOSE * interval) ms += gap;
  }
  return ms;
}
