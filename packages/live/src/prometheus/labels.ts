import { labelName } from './names.ts';

const MAX_NAME = 128;
const MAX_VALUE = 1024;
/** Of Prometheus, of VictoriaMetrics' histograms, and those that tell collectors and their runs apart. */
const RESERVED = /^(?:job|instance|le|vmrange|__.*)$/;

/** Whether a label's name is one that only the writer gives. */
export function isReserved(name: string): boolean {
  return RESERVED.test(name);
}

/** The label that a tag's key becomes; '' where nothing is left of it. */
export function labelOf(key: string): string {
  const name = labelName(key.slice(0, MAX_NAME));
  return isReserved(name) ? `tag_${name}` : name;
}

/** At most so many characters, none of them half of a pair. */
export function cut(value: string): string {
  if (value.length <= MAX_VALUE) return value;
  return value.slice(0, MAX_VALUE).replace(/[\uD800-\uDBFF]$/, '');
}
