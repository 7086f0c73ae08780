import { useLayoutEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { pausedAt } from './live.ts';

export interface Loaded<T> {
  data: T | null;
  /** What the server refused, in its words. A server that does not answer is told by the connection. */
  refused: string | null;
}

/**
 * Asks again and again while the view is open. What came last stays until something newer is
 * there: a failed request never empties the page. `key` tells one question from another.
 */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs = 1000,
): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { key: string }>({ key, data: null, refused: null });
  const paused = pausedAt.value !== null;

  // At once, and not behind the next frame: the answer is what the view waits for.
  useLayoutEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let first = true;
    const again = async () => {
      // A paused page still answers a new question, once.
      if (first || !(paused || document.hidden)) {
        try {
          const data = await load(abort.signal);
          if (abort.signal.aborted) return;
          setState({ key, data, refused: null });
          first = false;
        } catch (error) {
          if (abort.signal.aborted) return;
          // An engine that does not answer is told by the connection, and what is shown stays.
          if (error instanceof ApiError && error.status !== 502) {
            setState((old) => ({ key, data: old.key === key ? old.data : null, refused: error.message }));
          }
        }
      }
      timer = setTimeout(again, everyMs);
    };
    void again();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, everyMs, paused]);

  return state;
}
