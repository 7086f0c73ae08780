/** What is used of a timer. */
export interface Timer {
  ref(): Timer;
  unref(): Timer;
  refresh(): Timer;
}

interface Timers {
  setTimeout(act: () => void, ms: number): Timer;
  setInterval(act: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
  clearInterval(timer: Timer): void;
}

interface Closeable extends Timer {
  close(): void;
}

/**
 * Timers that no test runner reaches: the idle time of a socket that is never connected, which Node
 * measures by a timer of its own. Null where there are none.
 */
export function timersOfSockets(): Timers | null {
  const { Socket } = process.getBuiltinModule('node:net');
  const probe = new Socket();
  probe.setTimeout(1);
  const found = findTimer(probe);
  // Other runtimes keep none there.
  if (found === null) return null;
  found.close();
  const start = (act: () => void, ms: number): Closeable => {
    const socket = new Socket();
    socket.setTimeout(Math.max(1, ms), act);
    const timer = timerOf(socket);
    timer.ref();
    return timer;
  };
  const clear = (timer: Timer) => (timer as Closeable).close();
  return {
    setTimeout: start,
    clearTimeout: clear,
    setInterval(act, ms) {
      const socket = new Socket();
      socket.setTimeout(Math.max(1, ms));
      const timer = timerOf(socket);
      timer.ref();
      socket.on('timeout', () => {
        timer.refresh();
        act();
      });
      return timer;
    },
    clearInterval: clear,
  };
}

function timerOf(socket: object): Closeable {
  return findTimer(socket)!;
}

/** A socket keeps it behind a symbol. */
function findTimer(socket: object): Closeable | null {
  for (const key of Object.getOwnPropertySymbols(socket)) {
    const value = (socket as Record<symbol, unknown>)[key];
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, '_onTimeout')) {
      return value as Closeable;
    }
  }
  return null;
}
