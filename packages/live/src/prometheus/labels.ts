import type { Tag } from '../store/store.ts';
import { labelName } from './names.ts';

/** Mimir takes 30 labels and 2048 characters by default, VictoriaMetrics 30 and 16 kB; ours come on top. */
const MAX_TAGS = 22;
const MAX_NAME = 128;
const MAX_VALUE = 1024;
/** Of Prometheus, of VictoriaMetrics' histograms, and those that tell collectors and their runs apart. */
const RESERVED = /^(?:job|instance|le|vmrange|__.*)$/;

export type Labels = ReadonlyMap<string, string>;

/** Whether a label's name is one that only the writer gives. */
export function isReserved(name: string): boolean {
  return RESERVED.test(name);
}

/** The label that a tag's key becomes; '' where nothing is left of it. */
export function labelOf(key: string): string {
  const name = labelName(key.slice(0, MAX_NAME));
  return isReserved(name) ? `tag_${name}` : name;
}

/** The common labels and those of a series' tags, which win; an exact key wins over one that was changed. */
export function labelsOf(tags: readonly Tag[], common: Labels): Map<string, string> {
  const labels = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const [key, value] of tags) {
    const name = labelOf(key);
    if (name === '' || value === '') continue;
    const before = keys.get(name);
    if (before === undefined && labels.size === MAX_TAGS) continue;
    // A key that was given several values has all of them: a label has one.
    if (before === key) labels.set(name, cut(`${labels.get(name)},${value}`));
    else if (before === undefined || name === key) labels.set(name, cut(value));
    if (before !== name) keys.set(name, key);
  }
  for (const [name, value] of common) if (!labels.has(name)) labels.set(name, value);
  return labels;
}

/** At most so many characters, none of them half of a pair. */
export function cut(value: string): string {
  // Prometheus takes a zero byte for the end of its text.
  const clean = value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
  if (clean.length <= MAX_VALUE) return clean;
  return clean.slice(0, MAX_VALUE).replace(/[\uD800-\uDBFF]$/, '');
}
