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
 * What counters that never reset grew by in a window whose start is a tick: exact, and the same however often
 * a sample was sent. Series that did not grow are left out.
 */
export function growth(series: string, by: readonly string[], windowMs: number): string {
  return `(${growthOrNone(series, by, windowMs)}) > 0`;
}

/** The same with those that did not grow. */
export function growthOrNone(series: string, by: readonly string[], windowMs: number): string {
  const range = `[${windowMs + WITH_START}ms]`;
  // Grouped first: two short vectors are matched and not those of every host and bucket.
  const of = (fn: string) => grouped('sum', by, `${fn}(${series}${range})`);
  return `${of('max_over_time')} - ${of('min_over_time')}`;
}

/** An aggregation over series of a function over the intervals of a window. */
export function over(
  aggregation: 'sum' | 'min' | 'max' | 'avg',
  fn: string,
  series: string,
  by: readonly string[],
  windowMs: number,
): string {
  return grouped(aggregation, by, `${fn}(${series}[${windowMs + WITHOUT_START}ms])`);
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
