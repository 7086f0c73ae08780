import { openSync, readSync } from 'node:fs';

/** CPU time that this thread has used, in ms. NaN where it cannot be read any more. */
export type ThreadClock = () => number;

/** The thread's CPU clock, or null with the reason why it is not used. */
export interface ThreadClockFinding {
  read: ThreadClock | null;
  why: string;
}

interface ThreadUsage {
  user: number;
  system: number;
}

const SPACE = 0x20;
const ZERO = 0x30;

/**
 * The kernel moves a running thread's counter in timer ticks (4 ms on many systems). Asking for the
 * CPU of the whole process right before makes it bring the counter up to date.
 */
function byUsage(usage: () => ThreadUsage): ThreadClock {
  return () => {
    process.cpuUsage();
    const { user, system } = usage();
    return (user + system) / 1e3;
  };
}

/** Node 20 has no call for it: reads the Linux scheduler's own figure, opened by the thread it is about. */
function bySchedstat(): ThreadClock {
  const file = openSync('/proc/thread-self/schedstat', 'r');
  const bytes = Buffer.alloc(64);
  return () => {
    process.cpuUsage();
    let nanoseconds = 0;
    try {
      const length = readSync(file, bytes, 0, bytes.length, 0);
      for (let i = 0; i < length; i++) {
        const byte = bytes[i] as number;
        if (byte === SPACE) return nanoseconds / 1e6;
        nanoseconds = nanoseconds * 10 + byte - ZERO;
      }
    } catch {
      // The application may close descriptors that it does not know.
    }
    return Number.NaN;
  };
}

/** Spins `ms` of wall time and tells whether the thread's clock followed. */
function follows(read: ThreadClock, clock: () => number, ms: number): boolean {
  const outer = clock();
  const from = read();
  const inner = clock();
  while (clock() - inner < ms);
  const used = read() - from;
  return used >= ms / 3 && used <= clock() - outer + 0.01;
}

/**
 * Whether a clock counts the CPU of this thread, finely: three of eight spins of 0.15 ms must agree
 * with the wall clock, since a preempted spin proves nothing and a clock that moves in ticks agrees
 * with none.
 */
export function verifyThreadClock(read: ThreadClock, clock: () => number): boolean {
  let good = 0;
  for (let round = 0; round < 8 && good < 3; round++) {
    if (follows(read, clock, 0.15)) good++;
  }
  return good === 3;
}

/** Looks for a CPU clock of this thread and tries it, which takes about half a millisecond. */
export function findThreadClock(clock: () => number): ThreadClockFinding {
  const usage = (process as { threadCpuUsage?: () => ThreadUsage }).threadCpuUsage;
  let read: ThreadClock;
  let name: string;
  if (typeof usage === 'function') {
    read = byUsage(usage.bind(process));
    name = 'process.threadCpuUsage()';
  } else {
    try {
      read = bySchedstat();
      name = 'the schedstat of the thread';
    } catch {
      return { read: null, why: 'this Node on this system has no CPU clock for a thread' };
    }
  }
  if (!verifyThreadClock(read, clock)) return { read: null, why: `${name} is too coarse on this system` };
  return { read, why: `long stretches are corrected by ${name}` };
}
