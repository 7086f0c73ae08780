import type { Reading } from './reading.ts';

/** What a server has of an application's metrics, beside what was recorded. */
export interface Comparison {
  /** Metrics that arrived with their values, and those that did not, in words. */
  right: number;
  wrong: string[];
}

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
/** Long texts are cut, and what makes them apart stands at the end. */
const HEAD = 60;
const cut = (text: string) => plain(text).slice(0, HEAD);

/** A metric by its name and tags, however a server writes them. */
function keyOf({ name, tags }: Reading): string {
  const pairs = Object.entries(tags).map(([key, value]) => `${cut(key)}${cut(value)}`);
  return [cut(name), ...pairs.sort()].join(' ');
}

/** Milliseconds are seconds for some servers, and whole for others. */
function isNear(found: number, wanted: number): boolean {
  return [found, found * 1000].some(
    (value) => Math.abs(value - wanted) <= 0.001 * Math.max(1, Math.abs(wanted)),
  );
}

/**
 * @param hasTags false where everything stands in the name, which then begins as the metric's.
 * @param hasWholeSums false where a server cuts values, so that sums are not those of the application.
 */
export function compare(
  recorded: readonly Reading[],
  found: readonly Reading[],
  { hasTags, hasWholeSums }: { hasTags: boolean; hasWholeSums: boolean },
): Comparison {
  const wrong: string[] = [];
  for (const one of recorded) {
    const same = found.filter((reading) => {
      if (reading.kind !== one.kind) return false;
      return hasTags ? keyOf(reading) === keyOf(one) : plain(reading.name).startsWith(cut(one.name));
    });
    const isRight = same.some((reading) =>
      one.kind === 'timing'
        ? reading.count === one.count && (!hasWholeSums || isNear(reading.sum!, one.sum!))
        : isNear(reading.value!, one.value!),
    );
    if (!isRight)
      wrong.push(
        `${one.kind} ${keyOf(one)}: ${JSON.stringify(same.map(({ value, count, sum }) => ({ value, count, sum })))}, not ${JSON.stringify({ value: one.value, count: one.count, sum: one.sum })}`,
      );
  }
  return { right: recorded.length - wrong.length, wrong };
}
