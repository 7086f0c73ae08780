/** Time that only moves when a test says so, in the shape of the engine's clocks; all in ms. */
export interface VirtualClock {
  clock(): number;
  idle(): number;
  threadClock(): { read: () => number; why: string };
  /** Code that computes: wall and CPU time pass. */
  burn(ms: number): void;
  /** Code that holds the loop without computing: wall time passes, CPU time does not. */
  stall(ms: number): void;
  /** The loop waits for events: wall and idle time pass. */
  rest(ms: number): void;
  /** How often each clock was read: the engine's cost, without the noise of a machine. */
  readonly reads: { clock: number; idle: number; thread: number };
}

/** A virtual clock at 0. Sockets, timers and the loop stay real; they take no virtual time. */
export function virtualClock(): VirtualClock {
  let now = 0;
  let idle = 0;
  let cpu = 0;
  const reads = { clock: 0, idle: 0, thread: 0 };
  return {
    reads,
    clock() {
      reads.clock++;
      return now;
    },
    idle() {
      reads.idle++;
      return idle;
    },
    threadClock: () => ({
      why: 'a virtual clock',
      read() {
        reads.thread++;
        return cpu;
      },
    }),
    burn(ms) {
      now += ms;
      cpu += ms;
    },
    stall(ms) {
      now += ms;
    },
    rest(ms) {
      now += ms;
      idle += ms;
    },
  };
}
