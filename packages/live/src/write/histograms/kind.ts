import type { Buckets } from '../../store/memory/buckets.ts';
import type { EncodedLabels } from '../labels.ts';
import type { RequestBuilder, Times } from '../request.ts';

export const HISTOGRAMS = ['native', 'custom', 'vmrange', 'classic'] as const;
export type HistogramName = (typeof HISTOGRAMS)[number];

/** As the engine has them: those with bounds of our own are native ones, too. */
export function storedAs(name: HistogramName): Exclude<HistogramName, 'custom'> {
  return name === 'custom' ? 'native' : name;
}

/** How distributions are written: which bucket a bin of the store goes to, and how buckets are sent. */
export interface HistogramKind {
  readonly name: HistogramName;
  /** Buckets of one histogram; what falls elsewhere goes to the nearest. */
  readonly most: number;
  /** The number of the bucket that a bin of the store goes to; ascends with it. */
  bucketOf(bin: number): number;
  /** Writes the buckets of one histogram. */
  write(request: RequestBuilder, histogram: WrittenHistogram, times: Times): void;
}

export interface WrittenHistogram {
  labels: EncodedLabels;
  /** Without `_bucket`. */
  name: string;
  buckets: Buckets;
  sum: { readonly before: number; readonly now: number };
}
