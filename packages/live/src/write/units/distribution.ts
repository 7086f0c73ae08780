import { distributionNames } from '../../prometheus/series-names.ts';
import { Buckets } from '../../store/memory/buckets.ts';
import type { Cell } from '../../store/memory/cell.ts';
import type { MetricType, SeriesKey } from '../../store/store.ts';
import type { HistogramKind, HistogramName } from '../histograms/kind.ts';
import type { EncodedLabels } from '../labels.ts';
import type { RequestBuilder, Times } from '../request.ts';
import { Balance, Cumulative } from './cumulative.ts';
import { type Identity, Unit } from './unit.ts';

/** Bins that are kept until it is known what kind of histogram is wanted. */
const MAX_BINS = 640;

/** Shared by all distributions. */
export interface Shape {
  /** How a metric's histograms are written; undefined until the target was asked. */
  kindOf: ((metric: string, type: MetricType) => HistogramKind) | undefined;
  name: HistogramName | undefined;
  /** Samples that went to the nearest bucket, since their histogram had no room for one more. */
  moved: number;
}

/** Count and sum, least and greatest value of the interval, and a histogram. */
export class Distribution extends Unit {
  readonly #identity: Identity;
  readonly #shape: Shape;
  readonly #metric: Pick<SeriesKey, 'name' | 'type'>;
  readonly #count = new Cumulative();
  readonly #sum = new Balance();
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** By bucket of the kind, or by bin of the store as long as there is no kind. */
  #buckets: Buckets;
  #kind: HistogramKind | undefined;

  /** @param metric as it was sent: its unit decides about bounds. */
  constructor(identity: Identity, shape: Shape, metric: Pick<SeriesKey, 'name' | 'type'>) {
    super();
    this.#identity = identity;
    this.#shape = shape;
    this.#metric = { name: metric.name, type: metric.type };
    this.#kind = shape.kindOf?.(metric.name, metric.type);
    this.#buckets = new Buckets(this.#kind?.most ?? MAX_BINS);
  }

  take(cell: Readonly<Cell>): void {
    this.isChanged = true;
    this.#count.now += cell.count;
    this.#sum.add(cell.sum);
    if (cell.min < this.#min) this.#min = cell.min;
    if (cell.max > this.#max) this.#max = cell.max;
    const { low, high } = cell;
    const kind = this.#kind;
    const moved = this.#buckets.moved;
    for (let bin = low; bin <= high; bin++) {
      const weight = cell.weightOf(bin);
      if (weight !== 0) this.#buckets.add(kind === undefined ? bin : kind.bucketOf(bin), weight);
    }
    this.#shape.moved += this.#buckets.moved - moved;
  }

  write(request: RequestBuilder, times: Times, isRefresh: boolean): void {
    // Nothing is written before the target is known.
    const kind = this.#kind ?? this.#convert(this.#shape.kindOf!(this.#metric.name, this.#metric.type));
    const { name, labels } = this.#identity;
    const names = distributionNames(name);
    request.sample({ labels, name: names.count, type: 'counter' }, times, this.#count);
    kind.write(request, { labels, name, buckets: this.#buckets, sum: this.#sum }, times);
    this.#sum.write(request, labels, { up: names.sum, down: names.sumDecrease }, times);
    if (!isRefresh) this.#writeRange(request, labels, names, times.at);
    this.#count.settle();
    this.#buckets.settle();
  }

  /** Of the interval alone: a range cannot be cumulative. */
  #writeRange(
    request: RequestBuilder,
    labels: EncodedLabels,
    names: { min: string; max: string },
    at: number,
  ): void {
    const times = { at, before: undefined };
    const write = (name: string, now: number) =>
      request.sample({ labels, name, type: 'gauge' }, times, { before: 0, now });
    write(names.min, this.#min);
    write(names.max, this.#max);
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  #convert(kind: HistogramKind): HistogramKind {
    const bins = this.#buckets;
    this.#kind = kind;
    this.#buckets = new Buckets(kind.most);
    for (let at = 0; at < bins.size; at++) this.#buckets.add(kind.bucketOf(bins.keys[at]!), bins.counts[at]!);
    return kind;
  }
}
