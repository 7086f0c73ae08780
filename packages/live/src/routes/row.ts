import type { Summary } from '../store/store.ts';
import { emptySpark } from './sparks.ts';

export const QUANTILES = [0.5, 0.95, 0.99] as const;
/** Before so many requests a unit is not doubted. */
const DOUBT_SAMPLES = 10;
/** No server answers half of its requests in less than the one and nearly all in less than the other, which is less
 * than a whole millisecond: those were seconds. */
const DOUBT_P50 = 0.1;
const DOUBT_P95 = 0.9;
/** Nobody waits longer for an answer: these were microseconds or nanoseconds. */
const DOUBT_LONG = 3_600_000;

/** The tag of a request whose route the sender guessed. */
export const GUESSED = 'http_route_guessed';

/** In milliseconds. */
export interface Times {
  mean: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
  /** How far each of the percentiles can be off, relative to the exact one: 0.01 is 1 %. */
  within: number | null;
}

export interface RouteRow {
  /** The metric that it was read from. */
  metric: string;
  service: string;
  /** What it is: `request`, or the kind of another unit of work: `job`, `message`, `rpc`, `socket`, `cron`, `work`. */
  kind: string;
  /** The template, or the name of another unit. */
  route: string;
  /** The method, or the label of another unit's kind, such as `JOB`. */
  method: string;
  count: number;
  /** Requests per second. */
  rate: number;
  errors: number;
  aborted: number;
  status: Record<string, number>;
  wall: Times;
  cpu: Times | null;
  stalled: { mean: number } | null;
  loopBusy: { mean: number } | null;
  idle: { mean: number } | null;
  /** How long requests waited unread for the event loop, by estimate; null where nobody tells. */
  queued: (Times & { count: number }) | null;
  /** How long they waited to go on after that. */
  delayed: { mean: number; count: number } | null;
  /** CPU that other threads used for it, as those of a pool: in none of its other times. Present where there is some. */
  cpuRemote?: { mean: number };
  /** The units of the same process that added most of its jobs. Present where some are known. */
  addedBy?: { method: string; route: string; count: number }[];
  /** Latency as clients see it, wall and queued together: of the requests whose `queued` is known. */
  client: Times | null;
  /** p95 for each ten seconds of the last five minutes. */
  spark: (number | null)[];
  /** The sender had no route map: the name was guessed from addresses. Present where it was. */
  guessed?: true;
  /** Its values cannot be milliseconds: the sender means seconds, or parts of a millisecond. Present where a unit should be given. */
  asksUnit?: true;
  /** Present when rows were asked for each host; '' where samples name none. */
  host?: string;
  /** The server that took the requests; only where a service has several, and rows were asked for each. */
  server?: { address: string; port: string };
  /** Present when further quantiles were asked for. */
  more?: Record<TimesPart, Further> & {
    /** How many requests each is told of. */
    counts: Record<TimesPart, number>;
  };
}

/** What of a request is known by its percentiles. */
export const TIMES_PARTS = ['wall', 'cpu', 'queued', 'client'] as const;
export type TimesPart = (typeof TIMES_PARTS)[number];

/** Quantiles, each with how far it can be off. */
export interface Further {
  values: (number | null)[];
  errors: (number | null)[];
}

export function times(summary: Summary, toMs: number): Times {
  const scaled = (value: number | null | undefined) => (value == null ? null : value * toMs);
  const [p50, p95, p99] = summary.quantiles;
  const errors = summary.errors.slice(0, QUANTILES.length).filter((one) => one !== null);
  return {
    mean: summary.count > 0 ? (summary.sum / summary.count) * toMs : null,
    p50: scaled(p50),
    p95: scaled(p95),
    p99: scaled(p99),
    max: scaled(summary.max),
    within: errors.length > 0 ? Math.max(...errors) : null,
  };
}

/** Whether times cannot be milliseconds. Whole milliseconds are 0 where an answer took less than one. */
export function isDoubtful({ count, wall: { p50, p95 } }: RouteRow): boolean {
  if (count < DOUBT_SAMPLES || p50 === null || p95 === null) return false;
  return (p50 < DOUBT_P50 && p95 > 0 && p95 < DOUBT_P95) || p50 > DOUBT_LONG;
}

/** Adds what another metric of the same row says. */
export function addWall(row: RouteRow, wall: Summary, toMs: number, elapsed: number): void {
  const { mean, max } = times(wall, toMs);
  const count = row.count + wall.count;
  row.wall = {
    mean: count === 0 ? null : ((row.wall.mean ?? 0) * row.count + (mean ?? 0) * wall.count) / count,
    p50: null,
    p95: null,
    p99: null,
    max: Math.max(row.wall.max ?? Number.NEGATIVE_INFINITY, max ?? Number.NEGATIVE_INFINITY),
    within: null,
  };
  row.count = count;
  row.rate = count / elapsed;
  row.spark = emptySpark();
}

/** The quantiles that were asked for beside the usual ones. */
export function furtherOf({ quantiles, errors }: Summary, toMs: number): Further {
  const values = quantiles.slice(QUANTILES.length).map((value) => (value === null ? null : value * toMs));
  return { values, errors: errors.slice(QUANTILES.length) };
}

export function meanOf(summary: Summary | undefined): { mean: number } | null {
  return summary === undefined || summary.count === 0 ? null : { mean: summary.sum / summary.count };
}

/** What is left of the wall time; known only where all its other parts were sent. */
export function idleOf(row: RouteRow): { mean: number } | null {
  if (row.cpu?.mean == null || row.stalled === null || row.loopBusy === null || row.wall.mean === null)
    return null;
  return { mean: Math.max(0, row.wall.mean - row.cpu.mean - row.stalled.mean - row.loopBusy.mean) };
}

/** `failures`: of units that are no requests, the outcomes that are errors. */
export function addOutcome(
  row: RouteRow,
  outcome: Summary,
  status: string,
  failures?: readonly string[],
): void {
  if (failures !== undefined) {
    if (failures.includes(status)) row.errors += outcome.count;
    if (status !== '') setCount(row.status, status, outcome.count);
    return;
  }
  const { error = '', aborted = '', [GUESSED]: guessed = '' } = outcome.tags;
  if (guessed !== '') row.guessed = true;
  const isAborted = aborted === 'true' || aborted === '1';
  // What was answered decides; an error tag does where nothing whole was, or the sender names no status.
  if (Number(status) >= 500 || (error !== '' && (isAborted || status === ''))) row.errors += outcome.count;
  if (isAborted) row.aborted += outcome.count;
  if (status !== '') setCount(row.status, status, outcome.count);
}

export function addStatus(row: RouteRow, status: string, count: number): void {
  setCount(row.status, status, count);
  if (Number(status) >= 500) row.errors += count;
}

/** A status is text from the wire: `__proto__` must become a key, not a prototype. */
function setCount(counts: Record<string, number>, status: string, count: number): void {
  const before = Object.hasOwn(counts, status) ? counts[status]! : 0;
  Object.defineProperty(counts, status, {
    value: before + count,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
