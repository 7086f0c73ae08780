import type { Meter } from '../meter/index.ts';
import { expectMetric, metricsOf } from './expect.ts';
import type { CapturedMetric } from './read.ts';

/** What a sample must be like, and how many of them there must be. */
export interface WantedMetric {
  /** Only samples with all of these tags. */
  tags?: Readonly<Record<string, string | number>> | undefined;
  /** Only samples with this value, or for which the function is true. */
  value?: (number | string | ((value: number) => boolean)) | undefined;
  /** Exactly so many; without it at least one. */
  times?: number | undefined;
}

/** What the matchers add to `expect`; augment your runner's types with it, as `docs/testing.md` shows. */
export interface MetricMatchers<R = unknown> {
  toHaveMetric(name: string, wanted?: WantedMetric): R;
}

/**
 * Matchers for Vitest and Jest.
 *
 * @example
 * expect.extend(metricMatchers)
 * expect(meter).toHaveMetric('http.server.request', { tags: { http_route: '/home' }, times: 3 })
 */
export const metricMatchers = {
  toHaveMetric(
    received: Meter | readonly CapturedMetric[],
    name: string,
    { tags, value, times }: WantedMetric = {},
  ): { pass: boolean; message: () => string } {
    let claim = expectMetric(metricsOf(received), name);
    if (tags !== undefined) claim = claim.withTags(tags);
    if (value !== undefined) claim = claim.withValue(value);
    try {
      if (times === undefined) claim.atLeast(1);
      else claim.times(times);
    } catch (error) {
      return { pass: false, message: () => (error as Error).message };
    }
    const found = claim.samples().length;
    return { pass: true, message: () => `expected no such samples of "${name}", got ${found}` };
  },
};
