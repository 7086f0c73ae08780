import { lowerMean, lowerRank, lowerShare } from './bound.ts';
import { type Applied, type Budgets, placeOf, unitOf } from './budgets.ts';
import { type Subject, subjectText } from './match.ts';
import { oneOf } from './unit.ts';
import { valueText } from './units.ts';

/** What was measured of one subject for one limit. */
export interface Measured {
  /** Requests, runs of other units, or calls. */
  count: number;
  /** The percentile, the share of errors, or the mean; null without samples. */
  value: number | null;
  /** What it is at least, with the confidence asked for; null where the samples are too few to say. */
  atLeast: number | null;
}

/** `few`: less than the minimal traffic, so no verdict. */
export type State = 'ok' | 'over' | 'few';

/** One limit, held against what was measured. */
export interface Verdict extends Measured {
  subject: Subject;
  limit: Applied;
  state: State;
  confidence: number;
}

/**
 * Over only if it is certain: what the measure is at least must be beyond the limit, so that noise near a
 * limit never fails a test.
 */
export function judge(limit: Applied, subject: Subject, measured: Measured, confidence: number): Verdict {
  const isOver = measured.atLeast !== null && measured.atLeast > limit.max;
  const state = measured.count < limit.rule.minRequests ? 'few' : isOver ? 'over' : 'ok';
  return { ...measured, subject, limit, state, confidence };
}

/**
 * The confidence for each of several limits, so that all of them together are wrong at most as often as one
 * with `confidence` would be (Bonferroni).
 */
export function confidenceEach(confidence: number, limits: number): number {
  return 1 - (1 - confidence) / Math.max(1, limits);
}

/** The rank whose sample is below a quantile for certain, as a share of the count; undefined without one. */
export function boundQuantile(count: number, q: number, confidence: number): number | undefined {
  const rank = lowerRank(count, q, confidence);
  return rank === 0 ? undefined : (rank - 1) / Math.max(1, count - 1);
}

/** Percentile and its bound from all samples, in ascending order. */
export function measureTimes(sorted: ArrayLike<number>, q: number, confidence: number): Measured {
  const count = sorted.length;
  if (count === 0) return { count, value: null, atLeast: null };
  const rank = lowerRank(count, q, confidence);
  return {
    count,
    value: sorted[Math.floor(q * (count - 1))]!,
    atLeast: rank === 0 ? null : sorted[rank - 1]!,
  };
}

export function measureErrors(errors: number, count: number, confidence: number): Measured {
  if (count === 0) return { count, value: null, atLeast: null };
  return { count, value: errors / count, atLeast: lowerShare(errors, count, confidence) };
}

/** What requests have of something on average, none of them more than `max`; `count` is 0 where it is not told. */
export function measureMean(sum: number, max: number, count: number, confidence: number): Measured {
  if (count === 0) return { count, value: null, atLeast: null };
  return { count, value: sum / count, atLeast: lowerMean(sum / count, max, count, confidence) };
}

/** `GET /home: wall p95 is 312 ms, at least 287 ms with 99.9 % confidence (400 requests); the limit is 250 ms`. */
export function verdictText(verdict: Verdict): string {
  const { limit, subject, count, value, atLeast, confidence, state } = verdict;
  const what = `${subjectText(subject)}: ${limit.measure}`;
  const isOfCalls =
    subject.block !== undefined || (subject.upstream !== undefined && limit.measure === 'errors');
  const calls = isOfCalls ? 'calls' : `${oneOf(subject.method)}s`;
  const max = amount(verdict, limit.max);
  if (state === 'few') return `${what}: no verdict, ${count} of at least ${limit.rule.minRequests} ${calls}`;
  const sure = `with ${percentage(confidence)} confidence`;
  const is = `${what} is ${amount(verdict, value)}`;
  if (state === 'ok') return `${is} (${count} ${calls}); the limit is ${max}`;
  return `${is}, at least ${amount(verdict, atLeast)} ${sure} (${count} ${calls}); the limit is ${max}`;
}

/** Where the limit is written. */
export function verdictPlace(budgets: Budgets, verdict: Verdict): string {
  return placeOf(budgets.file, verdict.limit.at);
}

/** A value of the measure that a verdict is about, with its unit. */
export function amount({ limit, subject }: Pick<Verdict, 'limit' | 'subject'>, value: number | null): string {
  if (value === null) return '-';
  return valueText(unitOf(limit.measure), value, oneOf(subject.method));
}

/** `99.9 %`; as many nines as there are. */
export function percentage(confidence: number): string {
  return `${Number((confidence * 100).toPrecision(7))
    .toString()
    .slice(0, 8)} %`;
}
