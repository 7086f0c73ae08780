/** FNV-1a over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv/), as eight hexadecimal digits. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Cuts `text` to `most` characters and marks what was cut by a hash, so that two long texts stay two. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 9).toWellFormed()}-${shortHash(text)}`;
}

/** Dots separate folders in Graphite: none at the ends, no two in a row. */
export function dotted(name: string): string {
  return name.replace(/\.{2,}/g, '.').replace(/^\.|\.$/g, '');
}

/**
 * A name that servers written in JavaScript can use as a key: Etsy's keeps metrics in plain
 * objects and ends at one called `constructor`.
 */
export function notInherited(name: string): string {
  return name in {} ? `_${name}` : name;
}

/** A member of a set in `[A-Za-z0-9_.-]`; one that loses characters is told apart by a hash. */
export function plainMember(text: string): string {
  const clean = shorten(text.replace(/[^A-Za-z0-9_.-]/g, '_'), 200);
  return clean === text && text !== '' ? text : `${clean.slice(0, 191)}-${shortHash(text)}`;
}
