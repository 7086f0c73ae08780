/** Files by name, as an export writes them. */
export type Files = Record<string, string>;

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A short word that stays the same for the same text: identifiers that must not clash. */
export function slug(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  return `${words.slice(0, 60)}_${hash(text)}`;
}

/** FNV-1a, in base 36. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(36);
}
