import { computed } from '@preact/signals';
import { amend, parameter } from './location.ts';

/** The tag that the routes are narrowed by: `tag=key:value` in the URL, or `tag=key` until a value is chosen. */
const inUrl = parameter('tag');

export const tag = computed(() => {
  // A key has no colon, a value may have several.
  const cut = inUrl.value.indexOf(':');
  return cut < 0
    ? { key: inUrl.value, value: '' }
    : { key: inUrl.value.slice(0, cut), value: inUrl.value.slice(cut + 1) };
});

/** `key:value` while it holds something back, else empty. */
export const narrowing = computed(() => (tag.value.key && tag.value.value ? inUrl.value : ''));

/** The same as a filter of the API. */
export function tagParameters(): Record<string, string> {
  const { key, value } = tag.value;
  return narrowing.value ? { [`tag:${key}`]: value } : {};
}

/** The state that goes along between the routes and one of them. */
export const tagState = () => ({ tag: narrowing.value });

export function chooseTag(key: string, value = ''): void {
  amend({ tag: value ? `${key}:${value}` : key });
}
