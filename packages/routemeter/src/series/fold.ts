import type { Tag } from './series.ts';
import type { Width } from './width.ts';

export const OVERFLOW = 'overflow';

/** Tags that name what was done, and have more values than the others. */
const NAMES: readonly string[] = ['http_route', 'work_name', 'messaging_destination_name', 'rpc_method'];

/**
 * The order in which tags give way above the cap: user tags, the widest first; then the
 * server; then the route, or the name of the unit of work; then the rest of the unit's. The app's own tags never.
 *
 * @returns the keys to replace by `overflow`, one after the other.
 */
export function foldOrder(tags: readonly Tag[], width: Width): string[] {
  const open = tags.filter((tag) => tag.origin !== 'app' && tag.value !== OVERFLOW);
  const user = open.filter((tag) => isOptional(tag)).map((tag) => tag.key);
  user.sort((a, b) => width.of(b) - width.of(a));
  const server = open.filter((tag) => tag.origin === 'server').map((tag) => tag.key);
  const request = open.filter((tag) => tag.origin === 'request').map((tag) => tag.key);
  request.sort((a, b) => Number(NAMES.includes(b)) - Number(NAMES.includes(a)));
  return [...user, ...server, ...request];
}

export function replaceTag(tags: readonly Tag[], key: string): Tag[] {
  return tags.map((tag) => (tag.key === key ? { ...tag, value: OVERFLOW } : tag));
}

export function hasUserTag(tags: readonly Tag[]): boolean {
  return tags.some(isOptional);
}

function isOptional({ origin }: Tag): boolean {
  return origin === 'user' || origin === 'detail';
}
