import type { MetricType } from './store/store.ts';

/** What the values of a metric can be in. */
export const UNITS = ['ms', 's', 'us', 'ns', 'bytes', 'count'] as const;
export type Unit = (typeof UNITS)[number];

/** What makes milliseconds of a value; sizes and counts are no times. */
const TO_MS: Partial<Record<Unit, number>> = { ms: 1, s: 1000, us: 0.001, ns: 0.000_001 };

/** Ends of names that say what is measured, as senders and Prometheus' users write them. */
const BY_NAME: readonly (readonly [RegExp, Unit])[] = [
  [/(?:_ns|[._]nanos|[._]nanoseconds)$/i, 'ns'],
  [/(?:_us|[._]micros|[._]microseconds)$/i, 'us'],
  [/(?:[._]ms|[._]millis|[._]milliseconds)$/i, 'ms'],
  [/(?:_s|[._]secs?|[._]seconds)$/i, 's'],
  [/[._](?:bytes|size)$/i, 'bytes'],
  [/[._](?:count|items|rows|entries|length)$/i, 'count'],
];
/** OpenTelemetry's names of durations, which it has in seconds. */
const OTEL_DURATION =
  /(?:^|[._])(?:http\.(?:server|client)\.request|rpc\.(?:server|client)|db\.client\.operation|messaging\.(?:process|client\.operation))\.duration$/;
const MAX_GIVEN = 10_000;

/** Units of metrics: those that were given, else what type and name tell. */
export class MetricUnits {
  readonly #given: Map<string, Unit>;

  constructor(given: ReadonlyMap<string, Unit> = new Map()) {
    this.#given = new Map(given);
  }

  /** False where there is no room for one more. */
  give(metric: string, unit: Unit): boolean {
    if (this.#given.size >= MAX_GIVEN && !this.#given.has(metric)) return false;
    this.#given.set(metric, unit);
    return true;
  }

  /** As it was given. */
  given(metric: string): Unit | undefined {
    return this.#given.get(metric);
  }

  /** undefined where nothing tells. */
  of(metric: string, type: MetricType): Unit | undefined {
    const given = this.#given.get(metric);
    if (given !== undefined) return given;
    if (type === 'timing') return 'ms';
    if (type === 'count' || type === 'set') return 'count';
    if (OTEL_DURATION.test(metric)) return 's';
    return BY_NAME.find(([end]) => end.test(metric))?.[1];
  }

  /** What a value has to be multiplied with to be in milliseconds, where its unit was given as another one. */
  toMs(metric: string): number | undefined {
    const given = this.#given.get(metric);
    return given === undefined ? undefined : TO_MS[given];
  }
}
