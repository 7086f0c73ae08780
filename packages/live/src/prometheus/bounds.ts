import type { MetricType } from '../sample.ts';
import { MetricUnits, type Unit } from '../units.ts';

const MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;
const US = [
  10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000, 10_000_000,
] as const;

/** Upper bounds of buckets by unit. A sample up to 1.5 % above a bound may count as within it. */
export const BOUNDS: Readonly<Record<Unit, readonly number[]>> = {
  ms: MS,
  s: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  us: US,
  ns: US.map((bound) => bound * 1000),
  bytes: Array.from({ length: 13 }, (_, i) => 64 * 4 ** i),
  count: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000, 1_000_000],
};
/** Where nothing tells the unit: those of milliseconds, which most of them are in, and powers of ten around them. */
const UNKNOWN = [0.001, 0.01, 0.1, ...MS, 100_000, 1_000_000];
const PER_MS: Readonly<Partial<Record<Unit, number>>> = { ms: 1, s: 0.001, us: 1000, ns: 1_000_000 };

/** Which buckets the classic histogram of a metric has, in everything that Prometheus reads. */
export class BucketBounds {
  readonly #units: MetricUnits;
  readonly #given: ReadonlyMap<string, readonly number[]>;
  readonly #byUnit = new Map<Unit | undefined, readonly number[]>();

  /**
   * @param given bounds by unit, or by metric.
   * @param limits times in ms that have a bound of their own, such as those of budgets: so that Prometheus sees
   * exactly whether a percentile is beyond its limit.
   */
  constructor(
    units = new MetricUnits(),
    given: ReadonlyMap<string, readonly number[]> = new Map(),
    limits: readonly number[] = [],
  ) {
    this.#units = units;
    this.#given = given;
    for (const unit of [...(Object.keys(BOUNDS) as Unit[]), undefined]) {
      const usual = unit === undefined ? UNKNOWN : (given.get(unit) ?? BOUNDS[unit]);
      const factor = unit === undefined ? 1 : PER_MS[unit];
      const more = factor === undefined ? [] : limits.map((limit) => limit * factor);
      this.#byUnit.set(
        unit,
        [...new Set([...usual, ...more])].sort((a, b) => a - b),
      );
    }
  }

  /** The same list for the same bounds. */
  of(metric: string, type: MetricType): readonly number[] {
    return this.#given.get(metric) ?? this.#byUnit.get(this.#units.of(metric, type))!;
  }
}
