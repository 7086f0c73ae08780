import type { PbfWriter } from 'pbf';
import { bucketOfBounds } from './classic.ts';
import type { HistogramKind, WrittenHistogram } from './kind.ts';
import { Side } from './native.ts';

/** Says that the bounds stand in `custom_values`. */
const SCHEMA = -53;

/**
 * Native histograms of Prometheus with bounds of our own
 * (https://prometheus.io/docs/specs/native_histograms/#custom-values): the buckets of classic ones, in one series.
 */
export function custom(bounds: readonly number[]): HistogramKind {
  return {
    name: 'custom',
    most: bounds.length + 1,
    bucketOf: bucketOfBounds(bounds),
    write(request, histogram, { at, before }) {
      const { labels, name } = histogram;
      const old: At[] = before === undefined ? [] : [{ histogram, bounds, at: before, isOld: true }];
      const all = [...old, { histogram, bounds, at, isOld: false }];
      request.histograms({ labels, name, type: 'histogram' }, all, writeHistogram);
    },
  };
}

interface At {
  histogram: WrittenHistogram;
  bounds: readonly number[];
  at: number;
  /** As it was written last. */
  isOld: boolean;
}

/** `message Histogram` without a bucket of zeros and without a negative side. */
function writeHistogram({ histogram: { buckets, sum }, bounds, at, isOld }: At, pbf: PbfWriter): void {
  const side = new Side();
  let count = 0;
  for (let position = 0; position < buckets.size; position++) {
    const here = isOld ? buckets.written(position) : buckets.counts[position]!;
    count += here;
    side.add(buckets.keys[position]!, here);
  }
  const { fractions } = buckets;
  if (fractions) pbf.writeDoubleField(2, count);
  else pbf.writeVarintField(1, count);
  pbf.writeDoubleField(3, isOld ? sum.before : sum.now);
  pbf.writeSVarintField(4, SCHEMA);
  side.write(pbf, { spans: 11, deltas: 12, counts: 13 }, fractions);
  pbf.writeVarintField(15, at);
  pbf.writePackedDouble(16, [...bounds]);
}
