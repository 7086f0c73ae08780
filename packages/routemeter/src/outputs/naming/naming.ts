import type { MetricType, SeriesId, Tag } from '../../series/index.ts';

/** One name that people see, with its tags. */
export interface Rendered {
  readonly name: string;
  readonly tags: readonly Tag[];
  /** Another type for the same values, for presets that continue somebody else's metric. */
  readonly type?: MetricType;
  /** How many samples there were, as a counter, instead of their values. */
  readonly counts?: boolean;
}

/** Turns the identity of a series into the names that people want. Called once per series and output. */
export interface Naming {
  /** None: the series is not sent by this output. Several: each is sent. */
  render(id: SeriesId): readonly Rendered[];
}

/** A prefix with the dot that separates it from the name. */
export function lead(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
}

export const REQUEST = 'http.server.request';

/** Whether the values of a series are times. */
export function isTiming(id: SeriesId): boolean {
  return id.type === 'timing' || id.type === 'histogram' || id.type === 'distribution';
}

export function tagValue(id: SeriesId, key: string): string | undefined {
  return id.tags.find((tag) => tag.key === key)?.value;
}
