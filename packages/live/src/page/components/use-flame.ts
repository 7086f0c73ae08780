import { useEffect, useState } from 'preact/hooks';
import { flame as loadFlame } from '../api/client.ts';
import type { Flame } from '../api/types.ts';

/** A view of a profile, which never changes either. */
export function useFlame(id: string, wanted: Record<string, string>): Flame | null {
  const key = id === '' ? '' : JSON.stringify([id, wanted]);
  const [loaded, setLoaded] = useState<{ key: string; flame: Flame } | null>(null);
  useEffect(() => {
    if (key === '') return;
    const stop = new AbortController();
    loadFlame(id, wanted, stop.signal).then(
      (flame) => setLoaded({ key, flame }),
      () => {},
    );
    return () => stop.abort();
  }, [key]);
  return loaded?.key === key && key !== '' ? loaded.flame : null;
}
