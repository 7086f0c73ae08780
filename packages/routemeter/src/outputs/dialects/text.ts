/** Longest tag value that servers keep whole (Datadog cuts at 200 characters): a longer one is cut and marked by a hash, so that two of them stay two. */
export const VALUE_CHARACTERS = 200;

/** FNV-1a over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv/), as eight hexadecimal digits. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Cuts `text` to `most` characters, keeping different texts different. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 9).toWellFormed()}-${shortHash(text)}`;
}
