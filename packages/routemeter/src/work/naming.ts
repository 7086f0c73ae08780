import { destinationOf, TEMPORARY } from '../calls/destination.ts';

const LONGEST = 100;
/** Names that are kept as they are shown; beyond, all are found out anew. */
export const KEPT_NAMES = 500;

const known = new Map<string, string>();

/**
 * The name of a job as a unit may have it: numbers, hashes and the like in its words become `:id`, as in the names of
 * queues; a name without any other word is `:id`.
 *
 * @example
 * jobName('export 4711') // 'export :id'
 */
export function jobName(name: unknown): string {
  if (typeof name !== 'string') return '';
  let shown = known.get(name);
  if (shown === undefined) {
    shown = shownAs(name);
    if (known.size >= KEPT_NAMES) known.clear();
    known.set(name, shown);
  }
  return shown;
}

/** How many names are kept so. */
export function keptNames(): number {
  return known.size;
}

function shownAs(name: string): string {
  const words = name.slice(0, LONGEST).split(/\s+/).filter(Boolean).map(wordOf);
  return words.length > 0 && words.every((word) => word === ':id') ? ':id' : words.join(' ');
}

function wordOf(word: string): string {
  const shown = destinationOf(word);
  return shown === TEMPORARY ? ':id' : shown;
}
