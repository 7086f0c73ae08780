import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BucketBounds } from '../../src/prometheus/bounds.ts';
import { Buckets } from '../../src/store/memory/buckets.ts';
import type { HistogramName } from '../../src/write/histograms/kind.ts';
import { vmranges } from '../../src/write/histograms/vmrange.ts';
import { random } from '../helpers.ts';
import { samplesOf, startCollector } from './collector.ts';
import { type NativeHistogram, type Receiver, type Span, startReceiver, textOf } from './receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const written = () => receiver.taken.flatMap(({ series }) => series);
const collector = (histograms: HistogramName) =>
  startCollector(`${receiver.url}/api/v1/write`, { histograms });

/** Values all over the scale, of both signs, and their smallest and greatest. */
function values(count: number): number[] {
  const next = random(11);
  return Array.from({ length: count }, () => {
    const value = Number((10 ** (next() * 12 - 4)).toPrecision(5));
    return next() < 0.1 ? -value : value;
  });
}

/** Counts by index, from spans and deltas or counts. */
function side(spans: Span[], deltas: number[], counts: number[]): Map<number, number> {
  const found = new Map<number, number>();
  let index = 0;
  let at = 0;
  let count = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++, at++) {
      count = counts.length > 0 ? counts[at]! : count + deltas[at]!;
      if (count !== 0) found.set(index, count);
    }
  }
  expect(at).toBe(Math.max(deltas.length, counts.length));
  return found;
}

const positive = (h: NativeHistogram) => side(h.positive_spans, h.positive_deltas, h.positive_counts);
const negative = (h: NativeHistogram) => side(h.negative_spans, h.negative_deltas, h.negative_counts);

describe('native', () => {
  it('puts every value into a bucket within 2 % of it', async () => {
    const { feed, pass, settled } = collector('native');
    const all = values(400);
    for (const [i, value] of all.entries()) feed(`m${i}:${value}|d`);
    feed('zero:0:0|d');
    pass(10);
    await settled();
    const histograms = new Map(
      written().flatMap((s) =>
        s.histograms.length > 0 ? [[textOf(s, ['host', 'instance', 'job']), s.histograms.at(-1)!]] : [],
      ),
    );
    for (const [i, value] of all.entries()) {
      const histogram = histograms.get(`m${i}{}`)!;
      expect(histogram).toMatchObject({
        schema: 6,
        zero_threshold: 2 ** -30,
        count_int: 1,
        zero_count_int: 0,
        sum: value,
      });
      const [bucket, other] = [...(value > 0 ? positive : negative)(histogram).keys()];
      expect(other).toBeUndefined();
      for (const bound of [2 ** ((bucket! - 1) / 64), 2 ** (bucket! / 64)]) {
        expect(Math.abs(bound / Math.abs(value) - 1), `${value} in ${bound}`).toBeLessThan(0.02);
      }
    }
    expect(histograms.get('zero{}')).toMatchObject({
      count_int: 2,
      zero_count_int: 2,
      positive_spans: [],
      sum: 0,
    });
  });

  it('is cumulative, and empty before the first', async () => {
    const { feed, pass, settled } = collector('native');
    feed('m:1:1:100:-5|d');
    pass(30);
    feed('m:1:50|d');
    pass(10);
    await settled();
    const histograms = written().flatMap((series) => series.histograms);
    expect(histograms.map(({ timestamp, count_int, sum }) => [timestamp % 100_000, count_int, sum])).toEqual([
      [0, 0, 0],
      [10_000, 4, 97],
      [30_000, 4, 97],
      [40_000, 6, 148],
    ]);
    expect([...positive(histograms[3]!).values()]).toEqual([3, 1, 1]);
    expect([...negative(histograms[3]!).values()]).toEqual([1]);
    expect(histograms[0]!.positive_spans).toEqual([]);
    expect(positive(histograms[2]!)).toEqual(positive(histograms[1]!));
  });

  it('has counts that are no whole numbers where samples weigh so', async () => {
    const { feed, pass, settled } = collector('native');
    feed('m:10:20|d|@0.4');
    pass(10);
    await settled();
    const [, histogram] = written().flatMap((series) => series.histograms);
    expect(histogram).toMatchObject({ count_float: 5, zero_count_float: 0, sum: 75 });
    expect([...positive(histogram!).values()]).toEqual([2.5, 2.5]);
  });
});

describe('vmrange', () => {
  it('has the ranges of the library of VictoriaMetrics', () => {
    const ranges = vmranges();
    expect(ranges.length).toBe(27 * 18 + 2);
    for (const range of [
      '0...1.000e-09',
      '1.000e-09...1.136e-09',
      '1.000e+00...1.136e+00',
      '1.136e+00...1.292e+00',
      '8.799e+02...1.000e+03',
      '8.799e+17...1.000e+18',
      '1.000e+18...+Inf',
    ]) {
      expect(ranges).toContain(range);
    }
  });

  it('puts every value into its range, but for the 0.75 % of the bins', async () => {
    const { feed, pass, settled } = collector('vmrange');
    const all = values(400);
    for (const [i, value] of all.entries()) feed(`m${i}:${value}|d`);
    pass(10);
    await settled();
    const found = Object.keys(samplesOf(written())).filter((text) => text.includes('vmrange'));
    expect(found.length).toBe(all.length);
    for (const text of found) {
      const [, i, start, end] = /^m(\d+)_bucket\{vmrange="(.*)\.\.\.(.*)"\}$/.exec(text)!;
      const value = all[Number(i)]!;
      if (value < 0) expect(start).toBe('0');
      else {
        expect(value).toBeGreaterThan(Number(start) * 0.9925);
        expect(value).toBeLessThan(Number(end) * 1.0076);
      }
    }
  });

  it('writes a range from its first sample on, a zero first', async () => {
    const { feed, pass, settled } = collector('vmrange');
    feed('m:1.05|d');
    pass(10);
    feed('m:1.05:10.5|d');
    pass(10);
    await settled();
    const found = samplesOf(written());
    expect(found['m_bucket{vmrange="1.000e+00...1.136e+00"}']).toEqual([
      [0, 0],
      [10, 1],
      [20, 2],
    ]);
    expect(found['m_bucket{vmrange="1.000e+01...1.136e+01"}']).toEqual([
      [10, 0],
      [20, 1],
    ]);
  });
});

describe('classic', () => {
  it('writes every bound of the unit, and all of them whenever one changes', async () => {
    const { feed, pass, settled } = collector('classic');
    feed('m:1.5:15:20:99999|ms');
    pass(10);
    feed('m:0|ms');
    pass(10);
    await settled();
    const found = samplesOf(written());
    const counts = [...new BucketBounds().of('m', 'timing').map(String), '+Inf'].map(
      (le) => found[`m_bucket{le="${le}"}`],
    );
    expect(counts.every((points) => points!.map(([at]) => at).join() === '0,10,20')).toBe(true);
    expect(counts.map((points) => points!.map(([, value]) => value))).toEqual(
      [0, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4].map((count) => [0, count, count + 1]),
    );
  });
});

describe('custom', () => {
  it('has the bounds of the unit and the counts between them, and is a native one to who reads', async () => {
    const { feed, pass, settled } = collector('custom');
    feed('m:1.5:15:20:99999|ms');
    pass(10);
    feed('m:0:-4|ms');
    pass(10);
    await settled();
    const bounds = [...new BucketBounds().of('m', 'timing')];
    const all = written().flatMap(({ histograms }) => histograms);
    expect(all.map(({ schema, custom_values }) => [schema, custom_values])).toEqual(
      Array.from({ length: 3 }, () => [-53, bounds]),
    );
    expect(all.map(({ count_int, sum }) => [count_int, sum])).toEqual([
      [0, 0],
      [4, 100_035.5],
      [6, 100_031.5],
    ]);
    const at = (bound: number) => bounds.indexOf(bound);
    const first = [
      [at(2), 1],
      [at(20), 2],
      [bounds.length, 1],
    ];
    expect([...positive(all[1]!)]).toEqual(first);
    // What is negative lies below the first bound.
    expect([...positive(all[2]!)]).toEqual([[0, 2], ...first]);
    const info = written()
      .map((series) => textOf(series))
      .find((text) => text.includes('metric_info'));
    expect(info).toContain('histograms="native"');
  });

  it('has counts that are no whole numbers where samples weigh so', async () => {
    const { feed, pass, settled } = collector('custom');
    feed('m:10:20|ms|@0.4');
    pass(10);
    await settled();
    const [, histogram] = written().flatMap((series) => series.histograms);
    expect(histogram).toMatchObject({ count_float: 5, sum: 75 });
    expect([...positive(histogram!).values()]).toEqual([2.5, 2.5]);
  });
});

describe('buckets', () => {
  it('keep counts by ascending key, with what was written of them', () => {
    const next = random(3);
    const buckets = new Buckets(1000);
    const expected = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      const key = Math.floor(next() * 600) - 300;
      buckets.add(key, 1);
      expected.set(key, (expected.get(key) ?? 0) + 1);
      if (i === 2000) buckets.settle();
    }
    const keys = [...buckets.keys.subarray(0, buckets.size)];
    expect(keys).toEqual([...expected.keys()].sort((a, b) => a - b));
    expect(keys.map((_, at) => buckets.counts[at])).toEqual(keys.map((key) => expected.get(key)));
    expect(keys.reduce((sum, _, at) => sum + buckets.written(at), 0)).toBe(2001);
    expect(buckets.moved).toBe(0);
  });

  it('are bounded: what finds no room goes to the nearest, and is counted', () => {
    const buckets = new Buckets(4);
    for (const key of [0, 100, 200, 300]) buckets.add(key, 1);
    for (const key of [-50, 40, 60, 199, 1000]) buckets.add(key, 1);
    expect([...buckets.keys.subarray(0, buckets.size)]).toEqual([0, 100, 200, 300]);
    expect([...buckets.counts.subarray(0, buckets.size)]).toEqual([3, 2, 2, 2]);
    expect(buckets.moved).toBe(5);
  });

  it.each(['native', 'vmrange'] as const)('a %s histogram of all there is stays bounded', async (kind) => {
    const { feed, pass, settled, writer } = collector(kind);
    const all = Array.from({ length: 4000 }, (_, i) => 10 ** (-9 + (27 * i) / 4000));
    for (let i = 0; i < all.length; i += 50)
      feed(
        `m:${all
          .slice(i, i + 50)
          .map((v) => v.toFixed(12))
          .join(':')}|d`,
      );
    pass(10);
    await settled();
    expect(writer.stats().moved).toBeGreaterThan(0);
    const series = written();
    const total =
      kind === 'native'
        ? series.flatMap(({ histograms }) => histograms).at(-1)!.count_int
        : Object.entries(samplesOf(series))
            .filter(([text]) => text.includes('vmrange'))
            .reduce((sum, [, points]) => sum + points.at(-1)![1], 0);
    expect(total).toBe(4000);
    const buckets =
      kind === 'native'
        ? positive(series.flatMap(({ histograms }) => histograms).at(-1)!).size
        : Object.keys(samplesOf(series)).filter((text) => text.includes('vmrange')).length;
    expect(buckets).toBeLessThanOrEqual(kind === 'native' ? 640 : 128);
  });
});
