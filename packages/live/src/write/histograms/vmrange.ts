import { binValue } from '../../store/memory/mapping.ts';
import type { HistogramKind } from './kind.ts';

/**
 * VictoriaMetrics' own buckets: 18 for each power of ten from 1e-9 to 1e18, each a counter of its own with its
 * range as a label, only those in use. The labels must be letter by letter those of its library, so that
 * histograms of both can be added: https://github.com/VictoriaMetrics/metrics/blob/master/histogram.go.
 *
 * Negative values, which it leaves out, count in the lowest range: the counts stay whole.
 */
const LOWEST = -9;
const HIGHEST = 18;
const PER_DECADE = 18;
const RANGES = (HIGHEST - LOWEST) * PER_DECADE;
/** Seven powers of ten; a series of the engine for each. */
const MOST = 128;

const labels = vmranges();

export const vmrange: HistogramKind = {
  name: 'vmrange',
  most: MOST,
  bucketOf(bin) {
    const value = binValue(bin);
    const at = value <= 0 ? -1 : Math.floor((Math.log10(value) - LOWEST) * PER_DECADE);
    return Math.min(RANGES, Math.max(-1, at)) + 1;
  },
  write(request, { labels: own, name, buckets }, { at, before, birth }) {
    for (let position = 0; position < buckets.size; position++) {
      request.sample(
        {
          labels: own,
          name: `${name}_bucket`,
          type: 'counter',
          bucket: ['vmrange', labels[buckets.keys[position]!]!],
        },
        { at, before: buckets.isNew(position) ? birth : before },
        { before: buckets.written(position), now: buckets.counts[position]! },
      );
    }
  },
};

/** By bucket number: what lies below all ranges, the ranges, what lies above. */
export function vmranges(): string[] {
  const multiplier = 10 ** (1 / PER_DECADE);
  let value = 10 ** LOWEST;
  let start = text(value);
  const all = [`0...${start}`];
  for (let i = 0; i < RANGES; i++) {
    value *= multiplier;
    const end = text(value);
    all.push(`${start}...${end}`);
    start = end;
  }
  return [...all, `${text(10 ** HIGHEST)}...+Inf`];
}

/** As Go's `%.3e`: two digits of exponent at least. */
function text(value: number): string {
  return value.toExponential(3).replace(/e([+-])(\d)$/, 'e$10$2');
}
