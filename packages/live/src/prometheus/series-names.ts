import type { MetricType } from '../store/store.ts';
import { totalName } from './names.ts';

/** What a metric's samples become; StatsD's types of timings are one. */
export type WrittenType = 'counter' | 'gauge' | 'set' | 'histogram';

export const WRITTEN_TYPES: Record<MetricType, WrittenType> = {
  count: 'counter',
  gauge: 'gauge',
  set: 'set',
  timing: 'histogram',
  histogram: 'histogram',
  distribution: 'histogram',
};

/** Characters of a metric's name; longer ones are cut. */
export const MAX_METRIC_NAME = 200;

/** Names of the series of a counter; the second only where something was taken away. */
export function counterNames(name: string): { up: string; down: string } {
  return { up: totalName(name), down: `${name.replace(/_total$/, '')}_decrease_total` };
}

export function membersName(name: string): string {
  return `${name}_members`;
}

export function distributionNames(name: string) {
  return {
    count: `${name}_count`,
    sum: `${name}_sum`,
    sumDecrease: `${name}_sum_decrease`,
    min: `${name}_min`,
    max: `${name}_max`,
    bucket: `${name}_bucket`,
  };
}

/** All names that the series of a metric can have. */
export function seriesNames(name: string, type: WrittenType): string[] {
  switch (type) {
    case 'counter':
      return Object.values(counterNames(name));
    case 'gauge':
      return [name];
    case 'set':
      return [membersName(name)];
    case 'histogram':
      return [name, ...Object.values(distributionNames(name))];
  }
}

/**
 * Who owns which name of a series. Two metrics of one name and type are one; where the types differ and a
 * series would have two meanings, the later one gets its type behind its name.
 */
export class SeriesNames {
  readonly #owners = new Map<string, string>();

  constructor(taken: readonly string[]) {
    for (const name of taken) this.#owners.set(name, '');
  }

  /** The name that a metric is written under; undefined where that is taken as well. */
  claim(name: string, type: WrittenType): string | undefined {
    for (const candidate of [name, `${name}_${type}`]) {
      const owner = `${type} ${candidate}`;
      const names = seriesNames(candidate, type);
      if (names.some((series) => (this.#owners.get(series) ?? owner) !== owner)) continue;
      for (const series of names) this.#owners.set(series, owner);
      return candidate;
    }
    return undefined;
  }
}
