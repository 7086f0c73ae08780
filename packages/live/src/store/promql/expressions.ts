/**
 * PromQL text. Names and label names are made of letters, digits and underscores by then; values from the
 * wire or from a URL come in as quoted strings and in no other way.
 */
export interface Matcher {
  label: string;
  value: string;
  /** `=` unless said. */
  op?: '=' | '!=' | '=~' | '!~';
}

/** A string in PromQL: Go's rules, which JSON's keep but for half of a pair of UTF-16. */
export function quoted(text: string): string {
  return JSON.stringify(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}

export function selector(name: string, matchers: readonly Matcher[]): string {
  const text = matchers.map(({ label, op = '=', value }) => `${label}${op}${quoted(value)}`);
  return `${name}{${text.join(',')}}`;
}

/**
 * Whether an end of a window belongs to it. Prometheus 2 takes both ends of a range, newer engines leave the
 * left one out: a millisecond more or less makes them agree.
 */
const WITH_START = 1;
const WITHOUT_START = -1;

/**
 * Which functions an engine has. VictoriaMetrics reads a series once for `range_over_time`, where PromQL has to
 * take the least value from the greatest and read it twice.
 */
export type Dialect = 'metricsql' | 'promql';

/** Expressions over a window that ends where they are evaluated. */
export class Expressions {
  readonly #dialect: Dialect;
  readonly #windowMs: number;
  readonly #shiftMs: number;

  /** `shiftMs`: they are evaluated so much earlier than the time that they are about. */
  constructor(dialect: Dialect, { windowMs, shiftMs = 0 }: { windowMs: number; shiftMs?: number }) {
    this.#dialect = dialect;
    this.#windowMs = windowMs;
    this.#shiftMs = shiftMs;
  }

  /**
   * What counters that never reset grew by in a window whose start is a tick: exact, and the same however
   * often a sample was sent. Series that did not grow are left out.
   */
  growth(series: string, by: readonly string[]): string {
    return `(${this.growthOrNone(series, by)}) > 0`;
  }

  /** The same with those that did not grow. */
  growthOrNone(series: string, by: readonly string[]): string {
    const range = this.#range(series, this.#windowMs + WITH_START);
    const of = (fn: string) => grouped('sum', by, `${fn}(${range})`);
    if (this.#dialect === 'metricsql') return of('range_over_time');
    // Grouped first: two short vectors are matched and not those of every host and bucket.
    return `${of('max_over_time')} - ${of('min_over_time')}`;
  }

  /** An aggregation over series of a function over the intervals of a window, of at least so many ms. */
  over(
    aggregation: 'sum' | 'min' | 'max' | 'avg' | 'count',
    fn: string,
    series: string,
    by: readonly string[],
    leastMs = 0,
  ): string {
    const range = this.#range(series, Math.max(this.#windowMs, leastMs) + WITHOUT_START);
    return grouped(aggregation, by, `${fn}(${range})`);
  }

  #range(series: string, ms: number): string {
    return `${series}[${ms}ms]${offset(-this.#shiftMs)}`;
  }

  /** Of series as they are at the end of the window. */
  atEnd(series: string, by: readonly string[]): string {
    return grouped('sum', by, `${series}${offset(-this.#shiftMs)}`);
  }

  /** The same series as they were at its start: those for which there is a series of `others` at its end. */
  atStart(series: string, others: string, by: readonly string[]): string {
    const before = `${series}${offset(this.#windowMs - this.#shiftMs)}`;
    return grouped('sum', by, `${before} and ${others}${offset(-this.#shiftMs)}`);
  }
}

function offset(ms: number): string {
  return ms === 0 ? '' : ` offset ${ms}ms`;
}

export function grouped(aggregation: string, by: readonly string[], vector: string): string {
  return `${aggregation} by (${by.join(', ')}) (${vector})`;
}

/** Says of every series of an answer which question it belongs to, so that one request can ask several. */
export const PART = 'routemeter_part';

export function union(parts: readonly (readonly [part: string, expression: string])[]): string {
  return parts
    .map(([part, expression]) => `label_replace(${expression}, "${PART}", ${quoted(part)}, "", "")`)
    .join(' or ');
}
