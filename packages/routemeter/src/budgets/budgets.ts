import type { Severity } from './format.ts';

/** A place in the file, from 1; absent where budgets were given as an object. */
export interface Position {
  line: number;
  column: number;
}

/** What is measured: a percentile of wall or CPU time, or the share of errors. */
export type Measure = `${'wall' | 'cpu'} ${'p50' | 'p95' | 'p99'}` | 'errors';

/** The most that a measure may be: milliseconds, or a share of one for errors. */
export interface Limit {
  measure: Measure;
  max: number;
  at: Position | undefined;
}

/** Which requests or blocks a rule is about. */
export interface Target {
  /** Upper case; undefined for every method. */
  method: string | undefined;
  /** Template or glob; undefined for blocks over all routes. */
  route: string | undefined;
  /** Name or glob; undefined for requests. */
  block: string | undefined;
}

/** One entry of the file. */
export interface Rule extends Target {
  /** As it is written, such as `GET /users/**` or `GET /home > load feed`. */
  key: string;
  limits: Limit[];
  minRequests: number;
  /** Seconds. */
  window: number;
  severity: Severity;
  at: Position | undefined;
}

/** Budgets that have been checked. */
export interface Budgets {
  /** Name of the file, for messages; `budgets` without one. */
  file: string;
  rules: Rule[];
}

/** A limit as it holds for one route or block. */
export interface Applied extends Limit {
  rule: Rule;
}

export const QUANTILE = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

/** `wall p95` as `{ part: 'wall', q: 0.95 }`; errors have no quantile. */
export function partsOf(measure: Measure): { part: 'wall' | 'cpu' | 'errors'; q: number } {
  const [part, quantile] = measure.split(' ') as ['wall' | 'cpu' | 'errors', keyof typeof QUANTILE];
  return { part, q: part === 'errors' ? Number.NaN : QUANTILE[quantile] };
}

/** `file:line:column`, as editors and terminals open it. */
export function placeOf(file: string, at: Position | undefined): string {
  return at === undefined ? file : `${file}:${at.line}:${at.column}`;
}
