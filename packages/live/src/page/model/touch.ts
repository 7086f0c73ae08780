import { signal } from '@preact/signals';

/** Nothing that can hover, so most likely no keyboard either: then no text speaks of keys. */
const query = matchMedia('(hover: none)');

export const isTouch = signal(query.matches);
query.addEventListener('change', () => {
  isTouch.value = query.matches;
});

/** The key that does the same, in brackets. */
export const keyHint = (key: string) => (isTouch.value ? '' : ` (${key})`);
