import { LiveError } from '../errors.ts';
import { UNITS, type Unit } from '../units.ts';
import { text } from './check.ts';

/** More would make each scrape of a histogram longer than a page. */
const MAX_BOUNDS = 100;

export function unitSettings(given: Readonly<Record<string, Unit>>): Map<string, Unit> {
  for (const [metric, unit] of Object.entries(given)) {
    text('units', metric);
    if (!UNITS.includes(unit)) {
      throw new LiveError(
        'BAD_OPTION',
        `units: ${JSON.stringify(unit)} of ${metric} is not one of ${UNITS.join(', ')}`,
      );
    }
  }
  return new Map(Object.entries(given));
}

export function bucketSettings(
  given: Readonly<Record<string, readonly number[]>>,
): Map<string, readonly number[]> {
  for (const [of, bounds] of Object.entries(given)) {
    text('buckets', of);
    const isAscending = bounds.every(
      (bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]!),
    );
    if (bounds.length === 0 || bounds.length > MAX_BOUNDS || !isAscending) {
      throw new LiveError(
        'BAD_OPTION',
        `buckets: those of ${of} are not 1 to ${MAX_BOUNDS} ascending numbers (${bounds.slice(0, 5).join(', ')})`,
      );
    }
  }
  return new Map(Object.entries(given));
}
