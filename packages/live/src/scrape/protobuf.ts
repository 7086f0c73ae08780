import { PbfWriter } from 'pbf';
import { distributionNames } from '../prometheus/series-names.ts';
import { Buckets } from '../store/memory/buckets.ts';
import { native, SCHEMA, sidesOf, ZERO_THRESHOLD } from '../write/histograms/native.ts';
import { writeLabel } from '../write/labels.ts';
import type { Family, Sample, ScrapedHistogram } from './families.ts';

/** What a scraper asks for, and is answered, that takes native histograms. */
export const PROTOBUF_TYPE =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

/** Whether a scraper takes it; those that take native histograms ask for it before all else. */
export function wantsProtobuf(accept: string | undefined): boolean {
  return (accept ?? '')
    .split(',')
    .some(
      (one) =>
        /^\s*application\/vnd\.google\.protobuf\s*(?:;|$)/i.test(one) && /encoding=delimited/i.test(one),
    );
}

const TYPES = { counter: 0, gauge: 1, untyped: 3, histogram: 4 } as const;

/**
 * `io.prometheus.client.MetricFamily`, behind its length; field numbers are those of
 * https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto.
 */
export function familyBytes(family: Family): Uint8Array {
  const { name, help, samples } = family;
  if (family.type !== 'histogram') return delimited(family);
  // Native histograms have no such series, and remote write has them: queries hold for both.
  const { count, sum } = distributionNames(name);
  const part = (name: string, about: string, valueOf: (histogram: ScrapedHistogram) => number) =>
    delimited({
      name,
      help: help + about,
      type: 'counter',
      samples: samples.map(({ labels, histogram }) => ({ labels, value: valueOf(histogram!) })),
    });
  return Buffer.concat([
    delimited(family),
    part(count, ', samples', (histogram) => histogram.count),
    part(sum, ', their sum', (histogram) => histogram.sum),
  ]);
}

function delimited(family: Family): Uint8Array {
  const body = new PbfWriter();
  body.writeStringField(1, family.name);
  body.writeStringField(2, family.help);
  body.writeVarintField(3, TYPES[family.type]);
  for (const sample of family.samples) body.writeMessage(4, writeMetric, { sample, type: family.type });
  const bytes = body.finish();
  const length = new PbfWriter(new Uint8Array(16));
  length.writeVarint(bytes.length);
  return Buffer.concat([length.finish(), bytes]);
}

function writeMetric(
  { sample: { labels, value, histogram }, type }: { sample: Sample; type: Family['type'] },
  pbf: PbfWriter,
): void {
  for (const label of labels) pbf.writeMessage(1, writeLabel, label);
  if (histogram !== undefined) pbf.writeMessage(7, writeHistogram, histogram);
  else pbf.writeMessage(type === 'gauge' ? 2 : type === 'counter' ? 3 : 5, writeValue, value);
}

function writeValue(value: number, pbf: PbfWriter): void {
  pbf.writeDoubleField(1, value);
}

/** Native buckets, and the classic ones for a scraper that keeps those. */
function writeHistogram({ count, total, buckets, bins }: ScrapedHistogram, pbf: PbfWriter): void {
  const numbers = new Buckets(native.most);
  for (let i = 0; i < (bins?.size ?? 0); i++) numbers.add(native.bucketOf(bins!.keys[i]!), bins!.counts[i]!);
  const isFloat = numbers.fractions || !Number.isSafeInteger(count);
  const { positive, negative, zero } = sidesOf(numbers, (position) => numbers.counts[position]!);
  if (isFloat) pbf.writeDoubleField(4, count);
  else pbf.writeVarintField(1, count);
  pbf.writeDoubleField(2, total);
  for (const bucket of buckets) pbf.writeMessage(3, isFloat ? writeFloatBucket : writeBucket, bucket);
  pbf.writeSVarintField(5, SCHEMA);
  pbf.writeDoubleField(6, ZERO_THRESHOLD);
  if (isFloat) pbf.writeDoubleField(8, zero);
  else pbf.writeVarintField(7, zero);
  negative.write(pbf, { spans: 9, deltas: 10, counts: 11 }, isFloat);
  positive.write(pbf, { spans: 12, deltas: 13, counts: 14 }, isFloat);
}

function writeBucket([bound, count]: readonly [number, number], pbf: PbfWriter): void {
  pbf.writeVarintField(1, count);
  pbf.writeDoubleField(2, bound);
}

function writeFloatBucket([bound, count]: readonly [number, number], pbf: PbfWriter): void {
  pbf.writeDoubleField(2, bound);
  pbf.writeDoubleField(4, count);
}
