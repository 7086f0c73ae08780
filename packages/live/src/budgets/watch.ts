import {
  type Budgets,
  isAbout,
  type Rule,
  type Severity,
  type State,
  type Subject,
  type Unit,
  unitOf,
  unmatchedLines,
  type Verdict,
  verdictPlace,
  verdictText,
} from 'routemeter/budgets';
import type { Range } from '../routes/table.ts';
import { idOf, type Source, verdicts } from './gather.ts';

/** One limit as it stands, for the API, the page and those that are told of a change. */
export interface LimitState {
  service: string;
  method: string | null;
  route: string | null;
  block: string | null;
  /** A call as the page names it, such as `postgresql SELECT users`. */
  upstream: string | null;
  /** `wall p95`, `cpu p50`, `errors`, `calls`, `wait`, ... */
  measure: string;
  /** `calls`: how many a request makes on average. */
  unit: Unit;
  limit: number;
  value: number | null;
  /** What the value is at least, with the confidence of the report. */
  atLeast: number | null;
  count: number;
  minRequests: number;
  /** Seconds. */
  window: number;
  severity: Severity;
  state: State;
  /** How many times the limit; null without a value, or with a limit of 0. */
  times: number | null;
  /** Unix ms when it went over; null unless it is. */
  since: number | null;
  /** Where the limit is written. */
  place: string;
  text: string;
}

/** A limit was exceeded, or is kept again. */
export interface Change {
  event: 'breach' | 'recovery';
  /** Unix ms. */
  at: number;
  limit: LimitState;
}

export interface WatchOptions {
  source: Source;
  clock: () => number;
  rangeOf: (seconds: number) => Range;
  onChange: (change: Change) => void;
}

/** An alert should be wrong less than once in a hundred windows, all limits together. */
const CONFIDENCE = 0.99;
const EVERY_MS = 1000;
/** With many routes a look takes long: it then rests for so many times what it took. */
const REST = 4;

/**
 * Judges every second, or less often where there are very many routes. A limit is over once that is certain, and stays so until the measured value itself is
 * within the limit again, or nothing happens any more: between the two nothing changes, so that a value at
 * the edge does not alert over and over.
 */
export class BudgetWatch {
  readonly budgets: Budgets;
  readonly #options: WatchOptions;
  #states = new Map<string, LimitState>();
  /** Entries that something belonged to since the start. */
  readonly #matched = new Set<Rule>();
  #unmatched: string[] = [];
  #changes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(budgets: Budgets, options: WatchOptions) {
    this.budgets = budgets;
    this.#options = options;
  }

  start(): void {
    this.#wait(EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  #wait(ms: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(async () => {
      const began = performance.now();
      // The store of this process does not fail; one across the network may, and is asked again.
      await this.look().catch(() => {});
      this.#wait(Math.max(EVERY_MS, REST * (performance.now() - began)));
    }, ms);
  }

  /** What is over first, the furthest over at the top. */
  states(): LimitState[] {
    return [...this.#states.values()].sort(
      (a, b) => rank(a) - rank(b) || (b.times ?? 0) - (a.times ?? 0) || (a.text < b.text ? -1 : 1),
    );
  }

  /** Grows whenever some limit is over, kept or without a verdict that was not so before. */
  get changes(): number {
    return this.#changes;
  }

  /** Entries of the file that nothing measured so far belongs to. */
  get unmatched(): readonly string[] {
    return this.#unmatched;
  }

  /** Looks at all limits once. */
  async look(): Promise<void> {
    const { source, rangeOf } = this.#options;
    const next = new Map<string, LimitState>();
    for (const window of new Set(this.budgets.rules.map((rule) => rule.window))) {
      const result = await verdicts(source, this.budgets, rangeOf(window), {
        confidence: CONFIDENCE,
        coarse: true,
      });
      this.#match(result.subjects);
      for (const verdict of result.verdicts) {
        if (verdict.limit.rule.window === window) this.#take(verdict, next);
      }
    }
    for (const [id, before] of this.#states) {
      // Nothing is left of it in its window.
      if (!next.has(id) && before.since !== null) {
        this.#tell('recovery', {
          ...before,
          state: 'few',
          value: null,
          atLeast: null,
          count: 0,
          times: null,
          since: null,
        });
      }
    }
    const isSame =
      next.size === this.#states.size &&
      [...next].every(([id, { state }]) => this.#states.get(id)?.state === state);
    if (!isSame) this.#changes++;
    this.#states = next;
  }

  #match(subjects: readonly Subject[]): void {
    const open = this.budgets.rules.filter((rule) => !this.#matched.has(rule));
    for (const rule of open) if (subjects.some((subject) => isAbout(rule, subject))) this.#matched.add(rule);
    const rules = open.filter((rule) => !this.#matched.has(rule));
    this.#unmatched = unmatchedLines({ ...this.budgets, rules }, subjects);
  }

  #take(verdict: Verdict, next: Map<string, LimitState>): void {
    const id = `${verdict.limit.measure} ${idOf(verdict.subject)}`;
    const before = this.#states.get(id);
    const wasOver = before !== undefined && before.since !== null;
    const { count, value, limit } = verdict;
    const isBack =
      count === 0 ||
      (verdict.state !== 'few' && value !== null && verdict.state !== 'over' && value <= limit.max);
    const isOver = verdict.state === 'over' || (wasOver && !isBack);
    const since = isOver ? (before?.since ?? this.#options.clock()) : null;
    const state = stateOf(this.budgets, { ...verdict, state: isOver ? 'over' : verdict.state }, since);
    next.set(id, state);
    if (isOver && !wasOver) this.#tell('breach', state);
    if (!isOver && wasOver) this.#tell('recovery', state);
  }

  #tell(event: Change['event'], limit: LimitState): void {
    this.#options.onChange({ event, at: this.#options.clock(), limit });
  }
}

function stateOf(budgets: Budgets, verdict: Verdict, since: number | null): LimitState {
  const { subject, limit, value, atLeast, count, state } = verdict;
  return {
    service: subject.service ?? '',
    method: subject.method ?? null,
    route: subject.route ?? null,
    block: subject.block ?? null,
    upstream: subject.upstream ?? null,
    measure: limit.measure,
    unit: unitOf(limit.measure),
    limit: limit.max,
    value,
    atLeast,
    count,
    minRequests: limit.rule.minRequests,
    window: limit.rule.window,
    severity: limit.rule.severity,
    state,
    times: value === null || limit.max === 0 ? null : value / limit.max,
    since,
    place: verdictPlace(budgets, verdict),
    text: verdictText(verdict),
  };
}

const ORDER: Record<State, number> = { over: 0, ok: 1, few: 2 };

function rank(limit: LimitState): number {
  return ORDER[limit.state] * 2 + (limit.severity === 'critical' ? 0 : 1);
}
