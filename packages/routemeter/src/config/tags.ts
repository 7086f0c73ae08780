import { RoutemeterError, show } from '../errors/error.ts';

/** Tags as a user may give them: an object, or `['key:value', 'flag']`. */
export type TagInput = Readonly<Record<string, string | number | boolean>> | readonly string[];

/** Key and value, the value empty for a flag. */
export type TagPair = readonly [key: string, value: string];

/** Reads tags leniently, for the hot path: never throws, leaves out what has no key. */
export function tagPairs(input: TagInput | undefined): TagPair[] {
  if (input === undefined || input === null) return [];
  const pairs: TagPair[] = [];
  if (Array.isArray(input)) {
    for (const item of input) {
      const [key, value] = split(String(item));
      if (key !== '') pairs.push([key, value]);
    }
  } else {
    for (const [key, value] of Object.entries(input)) {
      if (key !== '' && value !== undefined && value !== null) pairs.push([key, String(value)]);
    }
  }
  return pairs;
}

/**
 * Reads tags strictly, for configuration.
 *
 * @throws RoutemeterError RM_TAG_INVALID for an empty key, or a separator or control character
 */
export function configuredTags(input: TagInput): TagPair[] {
  const pairs = tagPairs(input);
  const given = Array.isArray(input) ? input.length : Object.keys(input).length;
  if (pairs.length !== given) throw invalid(show(input), 'has a tag without a key');
  for (const [key, value] of pairs) {
    if (/[\s:|,#\x00-\x1f\x7f]/.test(key))
      throw invalid(show(key), 'is no tag key (no space and none of : | , #)');
    if (/[|,\x00-\x1f\x7f]/.test(value)) {
      throw invalid(show(value), `is no value for tag "${key}" (no line break and none of | ,)`);
    }
  }
  return pairs;
}

/** `k:v,k:v`, as in ROUTEMETER_TAGS and DD_TAGS (which also takes spaces between). */
export function parseTagList(text: string): TagPair[] {
  const items = text.split(/[,\s]+/).filter((item) => item !== '');
  return configuredTags(items);
}

function split(item: string): TagPair {
  const at = item.indexOf(':');
  return at < 0 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)];
}

function invalid(shown: string, why: string): RoutemeterError {
  return new RoutemeterError('RM_TAG_INVALID', `tags: ${shown} ${why}; correct "tags"`);
}
