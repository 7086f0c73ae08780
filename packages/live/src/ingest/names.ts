import type { Tag } from '../store/store.ts';

const GRAPHITE = /^([^;]+);([^;=]+=[^;]*(?:;[^;=]+=[^;]*)*)$/;
const LIBRATO = /^([^#]+)#([^,=]+=[^,]*(?:,[^,=]+=[^,]*)*)$/;
const SIGNALFX = /^([^[\]]*)\[([^[\],=]+=[^[\],]*(?:,[^[\],=]+=[^[\],]*)*)\]([^[\]]*)$/;
const INFLUX = /^([^,]+),([^,=]+=[^,]*(?:,[^,=]+=[^,]*)*)$/;

/** A metric's name and tags, whatever way they were written. */
export interface ParsedName {
  name: string;
  tags: Tag[];
}

/**
 * Takes a name and its DogStatsD tags apart. The dialect is recognised per name: `name;k=v` is Graphite's,
 * `name,k=v` Influx's (Telegraf), `name#k=v` Librato's and `na[k=v]me` SignalFx's, each with any number of pairs;
 * anything else is taken as it is. Tags come back sorted and without duplicates, so that the same set in another
 * order is the same series; a key that was given two values has both. A tag without a value has the value ''.
 * Blanks around the parts are not part of them.
 */
export function parseName(rawName: string, rawTags: string): ParsedName {
  const tags = new Map<string, Tag>();
  const [rest, pairs, separator] = taggedName(rawName);
  if (pairs !== '') for (const pair of pairs.split(separator)) put(tags, pair, '=');
  if (rawTags !== '') for (const pair of rawTags.split(',')) put(tags, pair, ':');
  const sorted = [...tags.values()].sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return { name: rest.trim(), tags: sorted };
}

/** Whether the name is in a dialect where a signed gauge is a change (`+5|g`), whatever the rules of others. */
export function hasGaugeChanges(rawName: string): boolean {
  return taggedName(rawName)[1] !== '';
}

/** The name without its tags, the tags, and what stands between them. */
function taggedName(rawName: string): [name: string, pairs: string, separator: string] {
  const graphite = GRAPHITE.exec(rawName);
  if (graphite !== null) return [graphite[1]!, graphite[2]!, ';'];
  const signalfx = SIGNALFX.exec(rawName);
  if (signalfx !== null && signalfx[1]! + signalfx[3]! !== '') {
    return [signalfx[1]! + signalfx[3]!, signalfx[2]!, ','];
  }
  const comma = LIBRATO.exec(rawName) ?? INFLUX.exec(rawName);
  return comma === null ? [rawName, '', ''] : [comma[1]!, comma[2]!, ','];
}

function put(tags: Map<string, Tag>, pair: string, separator: string): void {
  const cut = pair.indexOf(separator);
  const key = (cut < 0 ? pair : pair.slice(0, cut)).trim();
  const value = cut < 0 ? '' : pair.slice(cut + 1).trim();
  if (key !== '' || value !== '') tags.set(`${key.length} ${key}${value}`, [key, value]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
