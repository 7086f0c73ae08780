import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** A frame holds the stores of all storages; one of them is current. */
interface Frame {
  readonly constructor: Frames;
  get(storage: object): unknown;
}

interface Frames {
  current(): Frame | undefined;
  set(frame: Frame | undefined): void;
}

/** What runs more than once keeps the frame that it ran in, for the next time that it is run out of the same one. */
export interface Kept {
  frame: object | null;
  outer: object | undefined;
  /** Nothing is kept any more. */
  readonly ended: boolean;
}

let frames: Frames | null | undefined;

/**
 * Who asks time and again which store is current: a frame never changes, so that its storage is asked once for each frame.
 */
export interface Watched<S> {
  current(): S | null;
  /** Nothing of the last frame is kept from here on. */
  forget(): void;
}

export function watched<S extends object>(storage: AsyncLocalStorage<S | undefined>): Watched<S> {
  if (frames === undefined) frames = findFrames();
  const found = frames;
  if (found === null) return { current: () => storage.getStore() ?? null, forget() {} };
  let seen: Frame | undefined;
  let store: S | null = null;
  return {
    current() {
      const frame = found.current();
      if (frame !== seen) {
        seen = frame;
        store = frame === undefined ? null : ((frame.get(storage) as S | undefined) ?? null);
      }
      return store;
    },
    forget() {
      seen = undefined;
      store = null;
    },
  };
}

/**
 * Runs `fn.call(thisArg, a, b, c)` with a store, as `storage.run` does. That one makes a frame to enter and a second
 * one, a copy of the first, to leave: nearly always the frame before can be put back instead, and one that was made
 * before can be entered again.
 */
export function runIn<S, A, B, C, R>(
  storage: AsyncLocalStorage<S>,
  store: S,
  kept: Kept,
  fn: (a: A, b: B, c: C) => R,
  thisArg: unknown,
  a: A,
  b: B,
  c: C,
): R {
  if (frames === undefined) frames = findFrames();
  if (frames === null) return storage.run(store, invoke<A, B, C, R>, fn, thisArg, a, b, c);
  const before = frames.current();
  let entered: Frame | undefined;
  if (kept.frame !== null && kept.outer === before) {
    entered = kept.frame as Frame;
    frames.set(entered);
  } else {
    storage.enterWith(store);
    entered = frames.current();
    if (!kept.ended) {
      kept.frame = entered as object;
      kept.outer = before;
    }
  }
  try {
    return fn.call(thisArg, a, b, c);
  } finally {
    if (frames.current() === entered) frames.set(before);
    // The application has entered a context of its own in the meantime, and stays in it.
    else storage.enterWith(before?.get(storage) as S);
  }
}

// Passed to the storage with everything it needs, so that no call allocates a closure.
function invoke<A, B, C, R>(fn: (a: A, b: B, c: C) => R, thisArg: unknown, a: A, b: B, c: C): R {
  return fn.call(thisArg, a, b, c);
}

/**
 * The class of Node's frames, which Node does not export: a resource keeps the frame that it was made in. Null where
 * there are none, as before Node 24, or where they do something else than is known of them.
 */
function findFrames(): Frames | null {
  const storage = new AsyncLocalStorage<object>();
  const token = {};
  try {
    const resource = storage.run(
      token,
      () => new AsyncResource('Routemeter', { requireManualDestroy: true }),
    );
    const found = frameOf(resource, storage, token)?.constructor;
    return found !== undefined && isAsKnown(found, storage, token) ? found : null;
  } catch {
    return null;
  }
}

function frameOf(resource: object, storage: object, token: object): Frame | undefined {
  for (const key of Object.getOwnPropertySymbols(resource)) {
    const value = (resource as Record<symbol, Partial<Frame> | number | undefined>)[key];
    if (typeof value === 'object' && value?.get?.(storage) === token) return value as Frame;
  }
  return undefined;
}

function isAsKnown(found: Frames, storage: AsyncLocalStorage<object>, token: object): boolean {
  const before = found.current();
  storage.enterWith(token);
  const isEntered = found.current()?.get(storage) === token;
  found.set(before);
  return isEntered && found.current() === before && storage.getStore() === undefined;
}
