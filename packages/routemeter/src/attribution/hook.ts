import { AsyncLocalStorage, createHook, executionAsyncResource } from 'node:async_hooks';

/** Calls a function whenever the loop begins a callback or a promise's continuation. */
export interface BeforeHook {
  enable(): void;
  disable(): void;
}

interface HookOptions {
  before: () => void;
  trackPromises?: boolean;
}

/** Whether `createHook` can leave promises alone (Node 24.14, 25.6): older ones ignore the option unread. */
function canLeavePromises(before: () => void): boolean {
  try {
    createHook({ before, trackPromises: 0 } as unknown as HookOptions);
    return false;
  } catch {
    return true;
  }
}

/** Whether a store travels in V8's own context frames, and not on async_hooks resources. */
function storesInFrames(): boolean {
  const token = {};
  const storage = new AsyncLocalStorage<object>();
  const onResource = storage.run(token, () => {
    const resource = executionAsyncResource() as Record<symbol, unknown>;
    return Object.getOwnPropertySymbols(resource).some((key) => resource[key] === token);
  });
  storage.disable();
  return !onResource;
}

/**
 * Where promises need not be tracked as async resources, two thin hooks are several times cheaper
 * than one that makes Node give every promise an identity. They need a storage that does not itself
 * depend on those identities.
 */
export function beforeHook(before: () => void): BeforeHook {
  if (!canLeavePromises(before) || !storesInFrames()) {
    const hook = createHook({ before });
    return { enable: () => void hook.enable(), disable: () => void hook.disable() };
  }
  const hook = createHook({ before, trackPromises: false } as HookOptions);
  let stop: (() => void) | null = null;
  return {
    enable() {
      hook.enable();
      // Not loaded before: an application that measures no CPU starts without it.
      stop ??= process.getBuiltinModule('node:v8').promiseHooks.onBefore(before) as () => void;
    },
    disable() {
      hook.disable();
      stop?.();
      stop = null;
    },
  };
}
