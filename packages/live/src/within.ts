import { setMaxListeners } from 'node:events';

/**
 * Runs something with a signal that ends it after `ms`, by a `TimeoutError`, or when `stop` does.
 *
 * Not by `AbortSignal.any` of `AbortSignal.timeout`: Node 20 (seen on 20.20.2) collects that as garbage while it is
 * awaited, and nothing ends any more.
 */
export async function within<T>(
  ms: number,
  stop: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const late = () => own.abort(new DOMException(`not done within ${ms} ms`, 'TimeoutError'));
  const stopped = () => own.abort(stop.reason);
  const timer = setTimeout(late, ms).unref();
  // As many as there are questions hang on it.
  setMaxListeners(0, stop);
  stop.addEventListener('abort', stopped, { once: true });
  if (stop.aborted) stopped();
  try {
    return await act(own.signal);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', stopped);
  }
}
