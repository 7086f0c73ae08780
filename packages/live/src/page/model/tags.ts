import { computed, effect, signal } from '@preact/signals';
import { tags as loadTags } from '../api/client.ts';
import type { TagValues } from '../api/types.ts';
import { pausedAt, update, windowSeconds } from './live.ts';

/** Values of each tag that requests of the window carry: what there is to choose from. */
export const tags = signal<TagValues>({});

const EVERY_MS = 10_000;
const isShown = computed(() => update.value !== null);

/** Keeps them up to date; returns what ends it. */
export function watchTags(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = async () => {
    if (pausedAt.peek() === null && !document.hidden) {
      const answer = await loadTags({ window: windowSeconds.peek() }).catch(() => null);
      if (answer) tags.value = answer.tags;
    }
    // Before the first request there is nothing to choose, and whoever waits for it should not wait for this.
    timer = setTimeout(again, Object.keys(tags.peek()).length > 0 ? EVERY_MS : 1000);
  };
  // Whoever opens the page waits for the numbers, and the server should do nothing else meanwhile.
  const end = effect(() => {
    if (isShown.value) timer = setTimeout(again);
  });
  return () => {
    end();
    clearTimeout(timer);
  };
}
