import type { Tag } from '../store/store.ts';

const GRAPHITE = /^([^;]+);([^;=]+=[^;]*(?:;[^;=]+=[^;]*)*)$/;
const INFLUX = /^([^,]+),([^,=]+=[^,]*(?:,[^,=]+=[^,]*)*)$/;

/** A metric's name and tags, whatever way they were written. */
export interface ParsedName {
  name: string;
  tags: Tag[];
}

/**
 * Takes a name and its DogStatsD tags apart. The dialect is recognised per name: `name;k=v` is Graphite's,
 * `name,k=v` is Influx's (Telegraf), anything else is taken as it is. Tags come back sorted and without
 * duplicates (the later wins), so that the same set in another order is the same series. A tag without a
 * value has the value ''.
 */
export function parseName(rawName: string, rawTags: string): ParsedName {
  const tags = new Map<string, string>();
  const dialect = GRAPHITE.exec(rawName) ?? INFLUX.exec(rawName);
  let name = rawName;
  if (dialect !== null) {
    name = dialect[1]!;
    for (const pair of dialect[2]!.split(rawName[name.length]!)) put(tags, pair, '=');
  }
  if (rawTags !== '') for (const pair of rawTags.split(',')) put(tags, pair, ':');
  const sorted = [...tags].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  return { name, tags: sorted };
}

/** Whether the name is in a dialect where a signed gauge is a change (`+5|g`); in DogStatsD it sets 5. */
export function hasGaugeChanges(rawName: string): boolean {
  return GRAPHITE.test(rawName) || INFLUX.test(rawName);
}

function put(tags: Map<string, string>, pair: string, separator: string): void {
  if (pair === '') return;
  const cut = pair.indexOf(separator);
  if (cut < 0) tags.set(pair, '');
  else tags.set(pair.slice(0, cut), pair.slice(cut + 1));
}
