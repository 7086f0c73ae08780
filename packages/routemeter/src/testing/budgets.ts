import {
  type Applied,
  type Budgets,
  type BudgetsInput,
  blockName,
  confidenceEach,
  FAILURES,
  isUnitPart,
  judge,
  limitsFor,
  type Measured,
  measureErrors,
  measureTimes,
  parseBudgets,
  partsOf,
  type Subject,
  subjectText,
  TIMES_PARTS,
  type TimesPart,
  unitMetric,
  unitSubject,
  unmatchedLines,
  type Verdict,
  verdictText,
} from '../budgets/index.ts';
import { CallTallies, type CallTally, measureCalls } from './calls.ts';
import type { CapturedMetric } from './read.ts';

export interface ExpectBudgetsOptions {
  /**
   * How sure a failure must be, over all limits together. Default 0.999: a run whose every limit is exactly
   * at its edge fails once in a thousand runs.
   */
  confidence?: number | undefined;
  /** Whether a limit without enough traffic for a verdict fails too. Default false. */
  strict?: boolean | undefined;
}

const TIMINGS = new Set(['ms', 'h', 'd']);

/**
 * Holds what a `captureMeter` recorded against budgets.
 *
 * A limit fails only if it is proven to be exceeded, so noise near a limit does not; see `docs/budgets.md`
 * for the number of requests that a regression needs to be seen.
 *
 * @param budgets as `loadBudgets` answers, or written out
 * @returns a verdict for each limit
 * @throws BudgetsError for budgets that make no sense.
 * @throws Error with a line for each limit that was exceeded, and for each entry that matches nothing.
 *
 * @example
 * expectBudgets(await captured.metrics(), await loadBudgets('routemeter.budgets.yaml'))
 */
export function expectBudgets(
  metrics: readonly CapturedMetric[],
  budgets: Budgets | BudgetsInput,
  options: ExpectBudgetsOptions = {},
): Verdict[] {
  const { confidence = 0.999, strict = false } = options;
  const checked = isChecked(budgets) ? budgets : parseBudgets(budgets);
  const recordings = record(metrics);
  const lost = unmatchedLines(
    checked,
    recordings.map((one) => one.subject),
  );
  const asked = recordings.flatMap((recording) =>
    limitsFor(checked, recording.subject).map((limit) => ({ recording, limit })),
  );
  const each = confidenceEach(confidence, asked.length);
  const verdicts = asked.map(({ recording, limit }) =>
    judge(limit, recording.subject, measure(recording, limit, each), each),
  );
  const failed = verdicts.filter(({ state }) => state === 'over' || (strict && state === 'few'));
  const lines = [...lost, ...failed.map((verdict) => verdictText(verdict))];
  if (lines.length > 0) {
    throw new Error(
      `expected all budgets to be kept, ${lines.length} were not:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  return verdicts;
}

function isChecked(budgets: Budgets | BudgetsInput): budgets is Budgets {
  return Array.isArray((budgets as Budgets).rules);
}

interface Recording extends Record<TimesPart, number[]> {
  subject: Subject;
  errors: number;
  calls: CallTally[];
  /** Requests of its route; 0 where nothing tells what one of them called. */
  requests: number;
  /** How long one of these took at most. */
  longest: number;
}

/** Samples by route, by block and call within their route, and by block and call over all routes. */
function record(metrics: readonly CapturedMetric[]): Recording[] {
  const recordings = new Map<string, Recording>();
  const calls = new CallTallies();
  const timings = metrics.filter((metric) => TIMINGS.has(metric.type) && !calls.take(metric));
  const names = new Set(timings.map(({ name }) => name));
  const prefixes = new Set([...names].map((name) => unitMetric(name)?.prefix ?? ''));
  const of = (subject: Subject): Recording => {
    const key = JSON.stringify([subjectText(subject), subject.upstream]);
    const recording: Recording = recordings.get(key) ?? {
      subject,
      wall: [],
      cpu: [],
      queued: [],
      client: [],
      errors: 0,
      calls: [],
      requests: 0,
      longest: 0,
    };
    recordings.set(key, recording);
    return recording;
  };
  for (const metric of timings) {
    const unit = unitSubject(metric.tags);
    if (unit === undefined) continue;
    const { route, method } = unit;
    const { name, part } = partOf(metric.name, names);
    const isUnit = unitMetric(name) !== undefined;
    if (!isUnit && isUnitPart(name)) continue;
    const block = blockName(name, prefixes);
    const subjects = isUnit ? [{ route, method }] : [{ route, method, block }, { block }];
    for (const subject of subjects) {
      const recording = of(subject);
      recording[part].push(Number(metric.value));
      if (part === 'wall' && isError(metric, isUnit)) recording.errors++;
    }
  }
  for (const recording of recordings.values()) {
    for (const part of TIMES_PARTS) recording[part].sort((a, b) => a - b);
    if (!calls.isTold || recording.subject.block !== undefined) continue;
    recording.requests = recording.wall.length;
    recording.longest = recording.wall.at(-1) ?? 0;
  }
  for (const tally of calls.all) {
    const { name: upstream, route, method } = tally;
    of({ upstream }).calls.push(tally);
    if (route === undefined || method === undefined) continue;
    const ofRoute = of({ route, method });
    const own = of({ route, method, upstream });
    ofRoute.calls.push(tally);
    own.calls.push(tally);
    own.requests = ofRoute.requests;
    own.longest = ofRoute.longest;
  }
  return [...recordings.values()];
}

/** A metric and what it tells of its units or blocks: blocks may be called as the parts are. */
function partOf(metric: string, names: ReadonlySet<string>): { name: string; part: TimesPart } {
  for (const part of ['cpu', 'queued', 'client'] as const) {
    const name = metric.slice(0, -part.length - 1);
    if (!metric.endsWith(`.${part}`) || !names.has(name)) continue;
    if (part === 'cpu' || unitMetric(name) !== undefined) return { name, part };
  }
  return { name: metric, part: 'wall' };
}

/**
 * A request fails by the status it was answered with, and by an error where no whole answer came; another unit by its
 * outcome; a block by an error.
 */
function isError({ tags }: CapturedMetric, isUnit: boolean): boolean {
  const hasError = (tags.error ?? '') !== '';
  if (!isUnit) return hasError;
  if (tags.outcome !== undefined) return FAILURES.includes(tags.outcome);
  return Number(tags.http_status_code) >= 500 || (hasError && tags.aborted === 'true');
}

function measure(recording: Recording, limit: Applied, confidence: number): Measured {
  const { part, q } = partsOf(limit.measure);
  const { subject, calls, requests, longest } = recording;
  if (part === 'calls' || part === 'wait' || subject.upstream !== undefined)
    return measureCalls(limit, calls, requests, longest, confidence);
  if (part === 'errors') return measureErrors(recording.errors, recording.wall.length, confidence);
  return measureTimes(recording[part], q, confidence);
}
