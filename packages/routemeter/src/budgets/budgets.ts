import type { Unit } from './units.ts';

export type Severity = 'warning' | 'critical';

/** A place in the file, from 1; absent where budgets were given as an object. */
export interface Position {
  line: number;
  column: number;
}

/**
 * What is measured: a percentile of wall time, of CPU time, of how long a request waited unread for the event
 * loop (`queued`), or of latency as clients see it (`client`); the share of errors; or what a request on
 * average calls (`calls`) and waits for (`wait`).
 */
export type Measure = `${TimesPart} ${'p50' | 'p95' | 'p99'}` | 'errors' | 'calls' | 'wait';

/** What has percentiles. Blocks have the first two. */
export const TIMES_PARTS = ['wall', 'cpu', 'queued', 'client'] as const;
export type TimesPart = (typeof TIMES_PARTS)[number];

/** The most that a measure may be: milliseconds, a share of one for errors, or a number of calls. */
export interface Limit {
  measure: Measure;
  max: number;
  at: Position | undefined;
}

/** Which requests, blocks or upstream calls a rule is about. */
export interface Target {
  /** Upper case; undefined for every method. */
  method: string | undefined;
  /** Template or glob; undefined for blocks and upstreams over all routes. */
  route: string | undefined;
  /** Name or glob; undefined for requests and upstreams. */
  block: string | undefined;
  /** Name or glob of a call, such as `postgresql SELECT users`; undefined for requests and blocks. */
  upstream: string | undefined;
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

/** A measure without its quantile. */
export type Part = TimesPart | 'errors' | 'calls' | 'wait';

/** `wall p95` as `{ part: 'wall', q: 0.95 }`; what is no percentile has `q` NaN. */
export function partsOf(measure: Measure): { part: Part; q: number } {
  const [part, quantile] = measure.split(' ') as [Part, keyof typeof QUANTILE | undefined];
  return { part, q: quantile === undefined ? Number.NaN : QUANTILE[quantile] };
}

/** Whether a measure is a percentile of times. */
export function isPercentile(measure: Measure): boolean {
  return !Number.isNaN(partsOf(measure).q);
}

export function unitOf(measure: Measure): Unit {
  return measure === 'errors' ? 'share' : measure === 'calls' ? 'calls' : 'ms';
}

/** `file:line:column`, as editors and terminals open it. */
export function placeOf(file: string, at: Position | undefined): string {
  return at === undefined ? file : `${file}:${at.line}:${at.column}`;
}
