import { computed } from '@preact/signals';
import { amend, parameter } from './location.ts';

/** The tag that the routes are narrowed by: `tag=key:value` in the URL, or `tag=key` until a value is chosen. */
const inUrl = parameter('tag');
/** The one host that every view is about; empty for all. */
export const host = parameter('host');

export const tag = computed(() => {
  // A key has no colon, a value may have several.
  const cut = inUrl.value.indexOf(':');
  return cut < 0
    ? { key: inUrl.value, value: '' }
    : { key: inUrl.value.slice(0, cut), value: inUrl.value.slice(cut + 1) };
});

/** `key:value` while it holds something back, else empty. */
export const tagged = computed(() => (tag.value.key && tag.value.value ? inUrl.value : ''));

/** What holds something back, in words, the host included; else empty. */
export const narrowing = computed(() =>
  [host.value && `host:${host.value}`, tagged.value].filter(Boolean).join(' and '),
);

/** The same as filters of the API. */
export function tagParameters(): Record<string, string> {
  const { key, value } = tag.value;
  return { ...hostParameters(), ...(tagged.value ? { [`tag:${key}`]: value } : {}) };
}

export function hostParameters(): Record<string, string> {
  return host.value ? { 'tag:host': host.value } : {};
}

/** The state that goes along between the routes and one of them. */
export const tagState = () => ({ tag: tagged.value });

export function chooseTag(key: string, value = ''): void {
  amend({ tag: value ? `${key}:${value}` : key });
}

/** Of all hosts, whatever their tags. */
export const showAll = () => amend({ tag: null, host: null });
