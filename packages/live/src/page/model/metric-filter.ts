import { computed } from '@preact/signals';
import type { Metric } from '../api/types.ts';
import { amend, place } from './location.ts';
import { hostParameters } from './tag-filter.ts';

/** What a metric is narrowed by, as the URL has it: `where=key:value`, several times for several tags. */
export interface TagChoice {
  key: string;
  /** Empty until one is chosen. */
  value: string;
}

export const chosenTags = computed<TagChoice[]>(() =>
  place.value.query.getAll('where').map((text) => {
    // A key has no colon, a value may have several.
    const cut = text.indexOf(':');
    return cut < 0 ? { key: text, value: '' } : { key: text.slice(0, cut), value: text.slice(cut + 1) };
  }),
);

/** Those that this metric can have, and the chosen host. */
export function filtersOf(metric: Pick<Metric, 'tags'>): Record<string, string> {
  // What no host sent by its name is of all of them.
  const host = metric.tags.includes('host') ? hostParameters() : {};
  const tags = chosenTags.value.filter(({ key, value }) => value !== '' && metric.tags.includes(key));
  return { ...host, ...Object.fromEntries(tags.map(({ key, value }) => [`tag:${key}`, value])) };
}

/** Narrows by one more tag, or by another value of it; without a value, that is still to be chosen. */
export function narrow(key: string, value: string): void {
  const others = chosenTags.value.filter((one) => one.key !== key && one.value !== '');
  write([...others, { key, value }]);
}

export const widen = (key: string): void => write(chosenTags.value.filter((one) => one.key !== key));

function write(tags: readonly TagChoice[]): void {
  amend({ where: tags.map(({ key, value }) => (value ? `${key}:${value}` : key)) });
}
