import type { BucketBounds } from '../prometheus/bounds.ts';
import { type Labels, labelsOf } from '../prometheus/labels.ts';
import { metricName } from '../prometheus/names.ts';
import {
  counterNames,
  distributionNames,
  MAX_METRIC_NAME,
  membersName,
  SeriesNames,
  WRITTEN_TYPES,
  type WrittenType,
} from '../prometheus/series-names.ts';
import { breathe } from '../store/breathe.ts';
import { keyOf } from '../store/memory/mapping.ts';
import type { Bins, MetricType, Store, Total } from '../store/store.ts';
import type { MetricUnits } from '../units.ts';
import { Merged, Retired } from './merged.ts';

/** All samples under one name. */
export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram' | 'untyped';
  samples: Sample[];
}

export interface Sample {
  labels: Labels;
  value: number;
  histogram?: ScrapedHistogram;
}

export interface ScrapedHistogram {
  count: number;
  /** Of what was counted up: it never falls. */
  sum: number;
  /** Of everything. */
  total: number;
  /** Cumulative, without the last one. */
  buckets: readonly (readonly [bound: number, count: number])[];
  bins: Bins | undefined;
}

/** Sets and extremes are of so many seconds, so that a scraper that comes once a minute misses nothing. */
export const LATELY_SECONDS = 60;
const NO_LABELS: Labels = new Map();

export interface ScrapeOptions {
  store: Pick<Store, 'totals' | 'lately'>;
  bounds: BucketBounds;
  units: MetricUnits;
  /** Names that this server's own metrics have. */
  taken: readonly string[];
  maxSeries: number;
}

interface Metric {
  /** As it was sent. */
  name: string;
  type: MetricType;
  written: WrittenType;
  /** In Prometheus' alphabet, without the endings of its series. */
  stored: string;
  byLabels: Map<string, Merged>;
}

/**
 * What a scraper is told: the same names, labels and rules as what is written by remote write, so that a query
 * holds for both. What can be counted down has a second series for it; nothing falls as long as this lives,
 * although series of the store come and go.
 */
export class Scrape {
  readonly #options: ScrapeOptions;
  #names: SeriesNames;
  /** By type and name as sent. */
  readonly #claims = new Map<string, string | undefined>();
  readonly #retired: Retired;
  #unnamed = 0;

  constructor(options: ScrapeOptions) {
    this.#options = options;
    this.#names = new SeriesNames(options.taken);
    this.#retired = new Retired(options.maxSeries);
  }

  /** A series that the store has forgotten: if it comes back, it goes on where it was. */
  retire(total: Total): void {
    const key = this.#keyOf(total);
    if (key !== undefined) this.#retired.add(`${key.metric} ${key.labels}`, total);
  }

  /** What a metric is called in Prometheus' alphabet; undefined where no name was free. */
  nameOf(name: string, type: MetricType): string | undefined {
    return this.#claimOf(name, WRITTEN_TYPES[type]);
  }

  /** Metrics that are left out, since no name is free for them. */
  get unnamed(): number {
    return this.#unnamed;
  }

  reset(): void {
    this.#retired.clear();
  }

  async *families(): AsyncGenerator<Family> {
    const pause = breathe();
    const { store, bounds, units } = this.#options;
    const lately = await store.lately(LATELY_SECONDS);
    const metrics = new Map<string, Metric>();
    for (const total of store.totals()) {
      const resting = pause();
      if (resting !== undefined) await resting;
      const key = this.#keyOf(total);
      if (key === undefined) continue;
      let metric = metrics.get(key.metric);
      if (metric === undefined) {
        const { name, type } = total;
        const written = WRITTEN_TYPES[type];
        metric = { name, type, written, stored: key.stored, byLabels: new Map() };
        metrics.set(key.metric, metric);
      }
      let merged = metric.byLabels.get(key.labels);
      if (merged === undefined) {
        merged = new Merged(labelsOf(total.tags, NO_LABELS), this.#retired.of(`${key.metric} ${key.labels}`));
        metric.byLabels.set(key.labels, merged);
      }
      merged.add(total, lately.get(total.id));
    }
    for (const metric of metrics.values()) {
      const unit = units.of(metric.name, metric.type);
      const help = `${metric.name} (${metric.type}${unit === undefined || unit === 'count' ? '' : ` in ${unit}`})`;
      for (const family of familiesOf(metric, help, bounds.of(metric.name, metric.type))) {
        if (family.samples.length > 0) yield family;
        const resting = pause();
        if (resting !== undefined) await resting;
      }
    }
  }

  /** What tells a metric, and a series of it, from others: two types can have one name, with different endings. */
  #keyOf({ name, type, tags }: Total): { metric: string; stored: string; labels: string } | undefined {
    const stored = this.#claimOf(name, WRITTEN_TYPES[type]);
    if (stored === undefined) return undefined;
    const labels = [...labelsOf(tags, NO_LABELS)].sort(([a], [b]) => (a < b ? -1 : 1));
    return { metric: `${WRITTEN_TYPES[type]} ${stored}`, stored, labels: JSON.stringify(labels) };
  }

  /** The same name each time, whoever asks first. */
  #claimOf(name: string, written: WrittenType): string | undefined {
    const id = `${written} ${name}`;
    if (!this.#claims.has(id)) {
      // Names of the past are given up together; those that live are claimed again at once.
      if (this.#claims.size > 4 * this.#options.maxSeries) {
        this.#claims.clear();
        this.#unnamed = 0;
        this.#names = new SeriesNames(this.#options.taken);
      }
      const claimed = this.#names.claim(metricName(name.slice(0, MAX_METRIC_NAME)), written);
      if (claimed === undefined) this.#unnamed++;
      this.#claims.set(id, claimed);
    }
    return this.#claims.get(id);
  }
}

function* familiesOf(
  { written, stored: name, byLabels }: Metric,
  help: string,
  bounds: readonly number[],
): Generator<Family> {
  const all = [...byLabels.values()];
  const of = (readValue: (merged: Merged) => number | null): Sample[] =>
    all.flatMap((merged) => {
      const value = readValue(merged);
      return value === null ? [] : [{ labels: merged.labels, value }];
    });
  const family = (name: string, type: Family['type'], about: string, samples: Sample[]): Family => ({
    name,
    type,
    help: `${help}${about}`,
    samples,
  });
  const down = (merged: Merged) => (merged.down > 0 ? merged.down : null);
  if (written === 'counter') {
    const names = counterNames(name);
    yield family(
      names.up,
      'counter',
      '',
      of((merged) => merged.up),
    );
    yield family(names.down, 'counter', ', what was counted down', of(down));
  } else if (written === 'gauge') {
    yield family(
      name,
      'gauge',
      '',
      of((merged) => merged.value),
    );
  } else if (written === 'set') {
    const about = `, distinct members of the last ${LATELY_SECONDS} s`;
    yield family(
      membersName(name),
      'gauge',
      about,
      of((merged) => merged.members),
    );
  } else {
    const names = distributionNames(name);
    const keys = bounds.map(keyOf);
    yield family(
      name,
      'histogram',
      '',
      all.map((merged) => ({
        labels: merged.labels,
        value: 0,
        histogram: histogramOf(merged, bounds, keys),
      })),
    );
    yield family(names.sumDecrease, 'untyped', ', what values below zero take from the sum', of(down));
    yield family(
      names.min,
      'gauge',
      `, least of the last ${LATELY_SECONDS} s`,
      of((merged) => merged.min),
    );
    yield family(
      names.max,
      'gauge',
      `, greatest of the last ${LATELY_SECONDS} s`,
      of((merged) => merged.max),
    );
  }
}

function histogramOf(
  { count, up, down, bins }: Merged,
  bounds: readonly number[],
  keys: readonly number[],
): ScrapedHistogram {
  let below = 0;
  let position = 0;
  const buckets = bounds.map((bound, i) => {
    for (; bins !== undefined && position < bins.size && bins.keys[position]! <= keys[i]!; position++) {
      below += bins.counts[position]!;
    }
    // Sums of fractions come in another order than the count's.
    return [bound, Math.min(below, count)] as const;
  });
  return { count, sum: up, total: up - down, buckets, bins };
}
