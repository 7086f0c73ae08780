let depth = 0;

/** Runs what opens a connection: a look-up of a name in its synchronous code is part of it, and no call. */
export function connecting<R>(fn: () => R): R {
  depth++;
  try {
    return fn();
  } finally {
    depth--;
  }
}

/** The running code opens a connection. */
export function isConnecting(): boolean {
  return depth > 0;
}
