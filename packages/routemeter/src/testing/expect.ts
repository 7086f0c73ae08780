import type { Meter } from '../meter/index.ts';
import { captured } from './capture.ts';
import type { CapturedMetric } from './read.ts';

export type { CapturedMetric } from './read.ts';

/** A claim about captured metrics; each step narrows it, `times` and `atLeast` check it. */
export interface MetricExpectation {
  /** Only samples with all of these tags. */
  withTags(tags: Readonly<Record<string, string | number>>): MetricExpectation;
  /** Only samples with this value, or for which the function is true. */
  withValue(value: number | string | ((value: number) => boolean)): MetricExpectation;
  /** @throws Error that lists what there was instead, unless exactly `count` samples are left. */
  times(count: number): void;
  /** @throws Error unless at least `count` samples are left. */
  atLeast(count: number): void;
  /** The samples that are left. */
  samples(): readonly CapturedMetric[];
}

/**
 * Starts a claim about the metric `name`: of the meter that `captureMeter()` made last, or of the one
 * given, or of metrics read before.
 *
 * @throws Error where there is no meter to look at.
 *
 * @example
 * expectMetric('http.server.request').withTags({ http_route: '/home' }).times(3)
 * expectMetric(await meter.metrics(), 'feed').atLeast(1)
 */
export function expectMetric(name: string): MetricExpectation;
export function expectMetric(of: Meter | readonly CapturedMetric[], name: string): MetricExpectation;
export function expectMetric(
  first: string | Meter | readonly CapturedMetric[],
  second?: string,
): MetricExpectation {
  const name = typeof first === 'string' ? first : String(second);
  const metrics = typeof first === 'string' ? captured() : metricsOf(first);
  return claim(
    metrics,
    name,
    [],
    metrics.filter((metric) => metric.name === name),
  );
}

/** The samples of a captured meter, or those given. */
export function metricsOf(of: Meter | readonly CapturedMetric[]): readonly CapturedMetric[] {
  return Array.isArray(of) ? of : captured(of as Meter);
}

function claim(
  all: readonly CapturedMetric[],
  name: string,
  steps: readonly string[],
  left: readonly CapturedMetric[],
): MetricExpectation {
  const narrow = (step: string, keep: (metric: CapturedMetric) => boolean) =>
    claim(all, name, [...steps, step], left.filter(keep));
  const fail = (wanted: string): never => {
    throw new Error(
      `expected ${wanted} of "${name}"${steps.map((step) => ` ${step}`).join('')}, got ${left.length}\n${inventory(all, name)}`,
    );
  };
  return {
    withTags: (tags) =>
      narrow(`with tags ${JSON.stringify(tags)}`, (metric) =>
        Object.entries(tags).every(([key, value]) => metric.tags[key] === String(value)),
      ),
    withValue: (value) =>
      narrow(typeof value === 'function' ? 'with a matching value' : `with value ${value}`, (metric) =>
        typeof value === 'function' ? value(Number(metric.value)) : metric.value === value,
      ),
    times: (count) => {
      if (left.length !== count) fail(`exactly ${count} samples`);
    },
    atLeast: (count) => {
      if (left.length < count) fail(`at least ${count} samples`);
    },
    samples: () => left,
  };
}

const SHOWN = 20;

/** What was recorded under this name, else which names there were. */
function inventory(all: readonly CapturedMetric[], name: string): string {
  const same = all.filter((metric) => metric.name === name);
  if (same.length === 0) {
    const names = [...new Set(all.map((metric) => metric.name))].sort();
    return names.length === 0
      ? 'nothing was recorded'
      : `recorded names: ${names.slice(0, SHOWN).join(', ')}`;
  }
  const rows = new Map<string, number>();
  for (const metric of same) {
    const tags = JSON.stringify(metric.tags);
    rows.set(tags, (rows.get(tags) ?? 0) + 1);
  }
  return [...rows]
    .slice(0, SHOWN)
    .map(([tags, count]) => `  ${count} x ${name} ${tags}`)
    .join('\n');
}
