import { type TagInput, tagPairs } from '../config/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import { shorten } from '../outputs/index.ts';
import type { Tag } from '../series/index.ts';

/** Adds tags over others of the same key; within `over` the last of a key wins. */
export function mergeTags(base: readonly Tag[], over: readonly Tag[]): readonly Tag[] {
  if (over.length === 0) return base;
  const keys = new Set(over.map((tag) => tag.key));
  const last = over.filter((tag, at) => over.findLastIndex((other) => other.key === tag.key) === at);
  return [...base.filter((tag) => !keys.has(tag.key)), ...last];
}

/**
 * Longest key or value that is kept, more than any server keeps: what a client can make as long as
 * it likes must not fill the memory. Longer ones are cut and marked by a hash.
 */
export const TAG_CHARACTERS = 256;

/** Tags that may be set on one request or block while it runs. */
export const REQUEST_TAGS = 32;

/** Tags as a caller gave them; what reading them throws is contained. */
export function userTags(input: TagInput | undefined): readonly Tag[] {
  if (input === undefined || input === null) return [];
  try {
    return tagPairs(input).map(userTag);
  } catch (error) {
    warnOnce('RM_USER_CODE_THREW', 'tags', `reading tags threw (${textOf(error)}): they were left out`);
    return [];
  }
}

export function tagsOf(pairs: ReadonlyMap<string, string> | null): readonly Tag[] {
  return pairs === null ? [] : Array.from(pairs, userTag);
}

/** A key or value of any type as it is kept: text of a bounded length. */
export function tagText(value: unknown): string {
  return shorten(typeof value === 'string' ? value : textOf(value), TAG_CHARACTERS);
}

function userTag([key, value]: readonly [string, string]): Tag {
  return { key: tagText(key), value: tagText(value), origin: 'user' };
}

/** A tag that describes the request: route, method, status. */
export function requestTag(key: string, value: string): Tag {
  return { key, value, origin: 'request' };
}
