import { keyOf } from '../../store/memory/mapping.ts';
import type { HistogramKind } from './kind.ts';

/**
 * Buckets with `le`, for engines without better. Which are all written whenever one is: interpolation between
 * two bounds is only right where both are there.
 *
 * As in `/metrics`, a sample up to 1.5 % above a bound can count as within it.
 */
export function classic(bounds: readonly number[]): HistogramKind {
  const labels = [...bounds.map(String), '+Inf'];
  return {
    name: 'classic',
    most: labels.length,
    bucketOf: bucketOfBounds(bounds),
    write(request, { labels: own, name, buckets }, times) {
      let position = 0;
      let now = 0;
      let old = 0;
      for (const [bucket, bound] of labels.entries()) {
        if (position < buckets.size && buckets.keys[position] === bucket) {
          now += buckets.counts[position]!;
          old += buckets.written(position);
          position++;
        }
        request.sample(
          { labels: own, name: `${name}_bucket`, type: 'counter', bucket: ['le', bound] },
          times,
          { before: old, now },
        );
      }
    },
  };
}

/** The number of the first bound that a bin of the store lies below; behind the last there is one more. */
export function bucketOfBounds(bounds: readonly number[]): (bin: number) => number {
  const keys = bounds.map(keyOf);
  return (bin) => {
    const bucket = keys.findIndex((key) => bin <= key);
    return bucket < 0 ? keys.length : bucket;
  };
}
