import { signal } from '@preact/signals';
import { routes as loadRoutes } from '../api/client.ts';
import { pausedAt, windowSeconds } from './live.ts';

/** Values of each tag that requests of the window carry: what there is to choose from. */
export const tags = signal<Record<string, string[]>>({});

const EVERY_MS = 10_000;

/** Keeps them up to date; returns what ends it. */
export function watchTags(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = async () => {
    if (pausedAt.peek() === null && !document.hidden) {
      const answer = await loadRoutes({ window: windowSeconds.peek() }).catch(() => null);
      if (answer) tags.value = answer.tags;
    }
    // Before the first request there is nothing to choose, and whoever waits for it should not wait for this.
    timer = setTimeout(again, Object.keys(tags.peek()).length > 0 ? EVERY_MS : 1000);
  };
  void again();
  return () => clearTimeout(timer);
}
