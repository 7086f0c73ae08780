import {
  type Applied,
  callSample,
  type Measured,
  measureErrors,
  measureMean,
  unitSubject,
} from '../budgets/index.ts';
import type { CapturedMetric } from './read.ts';

/** What was recorded of one call, of one route and block. */
export class CallTally {
  readonly name: string;
  readonly route: string | undefined;
  readonly method: string | undefined;
  count = 0;
  errors = 0;
  waited = 0;
  longestWait = 0;
  /** How often one request made it at most. */
  most = 0;

  constructor(name: string, route: string | undefined, method: string | undefined) {
    this.name = name;
    this.route = route;
    this.method = method;
  }
}

/** The calls among captured metrics. */
export class CallTallies {
  readonly all: CallTally[] = [];
  /** Whether the breakdown was on: without it nothing tells what one request called and waited for. */
  isTold = false;
  private readonly known = new Map<string, CallTally>();

  /** @returns whether the sample is one of calls. */
  take({ name, value, tags }: CapturedMetric): boolean {
    const sample = callSample(name, tags);
    if (sample === undefined) return false;
    const { route, method } = unitSubject(tags) ?? {};
    const { block } = tags;
    const key = JSON.stringify([sample.name, route, method, block]);
    let tally = this.known.get(key);
    if (tally === undefined) {
      this.known.set(key, (tally = new CallTally(sample.name, route, method)));
      this.all.push(tally);
    }
    const number = Number(value);
    if (sample.part === '') {
      tally.count++;
      if ((tags.error_type ?? '') !== '') tally.errors++;
    } else if (sample.part === '.wait') {
      tally.waited += number;
      tally.longestWait = Math.max(tally.longestWait, number);
    } else if (sample.part === '.repeated') {
      this.isTold = true;
      tally.most = Math.max(tally.most, number);
    }
    return true;
  }
}

/**
 * Holds a limit of calls against what was recorded of them.
 *
 * @param requests of their route; 0 where nothing tells what one of them called
 * @param longest how long one of these took at most, which its waiting is a part of
 */
export function measureCalls(
  { measure }: Applied,
  tallies: readonly CallTally[],
  requests: number,
  longest: number,
  confidence: number,
): Measured {
  const sum = (of: (tally: CallTally) => number) => tallies.reduce((all, tally) => all + of(tally), 0);
  const count = sum((tally) => tally.count);
  if (measure === 'errors')
    return measureErrors(
      sum((tally) => tally.errors),
      count,
      confidence,
    );
  // Each can have been at its most in the same request.
  if (measure === 'calls')
    return measureMean(
      count,
      sum((tally) => tally.most),
      requests,
      confidence,
    );
  const most = Math.min(
    longest,
    sum((tally) => tally.most * tally.longestWait),
  );
  return measureMean(
    sum((tally) => tally.waited),
    most,
    requests,
    confidence,
  );
}
