/** Tags as StatsD clients take them: an object, or `['key:value', 'flag']`. */
export type Tags = Readonly<Record<string, unknown>> | readonly string[];

export function isTagObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Both as a list; of the same key only what `over` says. */
export function together(base: Tags, over: Tags | null | undefined): string[] {
  const own = listed(over ?? []);
  const keys = new Set(own.map(keyOf));
  return [...listed(base).filter((tag) => !keys.has(keyOf(tag))), ...own];
}

function listed(tags: Tags): string[] {
  if (!isTagObject(tags)) return tags.map(safe);
  return Object.entries(tags)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => safe(`${key.replace(/:/g, '_')}:${String(value)}`));
}

function keyOf(tag: string): string {
  const at = tag.indexOf(':');
  return at < 0 ? tag : tag.slice(0, at);
}

/** Separators and line breaks would forge fields of the line. */
function safe(tag: string): string {
  return String(tag).replace(/[|,\x00-\x1f\x7f]/g, '_');
}
