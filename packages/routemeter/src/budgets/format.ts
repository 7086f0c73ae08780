import * as v from 'valibot';
import type { Severity } from './budgets.ts';
import { SHARE_TEXT, TIME_TEXT, WINDOW_TEXT } from './units.ts';

const TIME = 'not a time; write milliseconds such as 250, or "250ms", "1.5s"';
const SHARE = 'not a share; write a fraction from 0 to 1 such as 0.01, or "1%"';
const WINDOW = 'not a window; write a whole number with its unit, such as "60s", "5m" or "1h"';
const REQUESTS = 'not a number of requests; write a whole number from 1, such as 100';

function described<T extends v.GenericSchema>(schema: T, text: string) {
  return v.pipe(schema, v.description(text));
}

const time = v.union(
  [v.pipe(v.number(), v.gtValue(0, TIME)), v.pipe(v.string(), v.regex(TIME_TEXT, TIME))],
  TIME,
);
const share = v.union(
  [
    v.pipe(v.number(), v.minValue(0, SHARE), v.maxValue(1, SHARE)),
    v.pipe(v.string(), v.regex(SHARE_TEXT, SHARE)),
  ],
  SHARE,
);
const CALLS = 'not a number of calls; write how many a request may make on average, such as 10';
const calls = v.pipe(v.number(CALLS), v.minValue(0, CALLS), v.maxValue(1_000_000, CALLS));
const window = described(
  v.pipe(v.string(WINDOW), v.regex(WINDOW_TEXT, WINDOW)),
  'The time a verdict looks back, such as "5m". A test run is judged as a whole. Default 5m',
);
const minRequests = described(
  v.pipe(v.number(REQUESTS), v.integer(REQUESTS), v.minValue(1, REQUESTS)),
  'Requests (for a block, and errors of an upstream: calls) needed in the window before there is a verdict. Default 100',
);
const severity = described(
  v.picklist(['warning', 'critical'], 'not a severity; write "warning" or "critical"'),
  'How bad a breach is; what it does is up to the system that alerts. Default warning',
);

const TIMES = 'not limits of percentiles; write them such as { p95: "250ms" }';
const times = v.strictObject(
  {
    p50: v.optional(described(time, 'Half of the requests take at most this long')),
    p95: v.optional(described(time, '95 % of the requests take at most this long')),
    p99: v.optional(described(time, '99 % of the requests take at most this long')),
  },
  TIMES,
);

const limits = {
  wall: v.optional(described(times, 'Limits of wall time: numbers in ms, or with a unit')),
  cpu: v.optional(described(times, 'Limits of the CPU time that the request itself used')),
  errors: v.optional(
    described(share, 'The greatest share that fails, such as "1%": status 500 and above, or thrown'),
  ),
};
const settings = {
  minRequests: v.optional(minRequests),
  window: v.optional(window),
  severity: v.optional(severity),
};

const BLOCK = 'not a budget; write limits such as { wall: { p95: "50ms" } }';
const block = v.strictObject({ ...limits, ...settings }, BLOCK);
const blocks = v.record(v.string(), block, 'not blocks; write names of blocks with their limits');
const waiting = {
  calls: v.optional(described(calls, 'The upstream calls that a request may make on average, such as 10')),
  wait: v.optional(
    described(time, 'What a request may wait for upstream calls on average: a number in ms, or with a unit'),
  ),
};
const failing = {
  errors: v.optional(described(share, 'The greatest share of calls that fails, such as "1%"')),
};

const UPSTREAM = 'not a budget; write limits such as { calls: 1, wait: "10ms", errors: "1%" }';
const FAILING = 'not a budget; write limits such as { errors: "1%" }';
const UPSTREAMS = 'not upstreams; write names of calls with their limits';
const ofRoute = v.strictObject({ ...waiting, ...failing, ...settings }, UPSTREAM);
const ofAll = v.strictObject({ ...failing, ...settings }, FAILING);

const route = v.strictObject(
  {
    ...limits,
    ...waiting,
    ...settings,
    upstreams: v.optional(
      described(
        v.record(v.string(), ofRoute, UPSTREAMS),
        'Limits of upstream calls of this route, by name or glob, such as "postgresql SELECT users"',
      ),
    ),
    blocks: v.optional(described(blocks, 'Limits of blocks within this route, by name or glob')),
  },
  BLOCK,
);

/** Milliseconds as a number, or text with its unit: `"250ms"`, `"1.5s"`, `"800us"`. */
export type Time = number | string;
/** A fraction from 0 to 1 as a number, or a percentage: `"1%"`. */
export type Share = number | string;

/** The most that percentiles may be. */
export interface TimesInput {
  p50?: Time | undefined;
  p95?: Time | undefined;
  p99?: Time | undefined;
}

/** How an entry is judged; what it leaves out comes from the entry around it, or from the top. */
export interface SettingsInput {
  /** Requests (for a block, and errors of an upstream: calls) needed in the window before there is a verdict. Default 100. */
  minRequests?: number | undefined;
  /** The time a verdict looks back, such as `"5m"`. A test run is judged as a whole. Default `"5m"`. */
  window?: string | undefined;
  /** How bad a breach is. Default `"warning"`. */
  severity?: Severity | undefined;
}

export interface BlockBudgetInput extends SettingsInput {
  wall?: TimesInput | undefined;
  /** CPU time that the request or block itself used. */
  cpu?: TimesInput | undefined;
  /** The greatest share that fails: status 500 and above, or an error thrown without a whole answer. */
  errors?: Share | undefined;
}

/** Limits of one upstream call over all routes. */
export interface UpstreamBudgetInput extends SettingsInput {
  /** The greatest share of calls that fails. */
  errors?: Share | undefined;
}

/** Limits of one upstream call of a route. */
export interface RouteUpstreamInput extends UpstreamBudgetInput {
  /** How often a request may make it on average. */
  calls?: number | undefined;
  /** What a request may wait for it on average. */
  wait?: Time | undefined;
}

export interface RouteBudgetInput extends BlockBudgetInput {
  /** The upstream calls that a request may make on average. */
  calls?: number | undefined;
  /** What a request may wait for its upstream calls on average. */
  wait?: Time | undefined;
  /** Limits of upstream calls of this route, by name or glob: `"postgresql SELECT users"`, `"GET api.*"`. */
  upstreams?: Record<string, RouteUpstreamInput> | undefined;
  /** Limits of blocks within this route, by name or glob. */
  blocks?: Record<string, BlockBudgetInput> | undefined;
}

/** Budgets as they are written. */
export interface BudgetsInput extends SettingsInput {
  $schema?: string | undefined;
  /**
   * By route: `"GET /users/:id"`, `"/users/:id"` for every method, or globs such as `"GET /users/**"`; of other units
   * of work by kind and name: `"JOB mails/welcome"`, `"CRON **"`.
   */
  routes?: Record<string, RouteBudgetInput> | undefined;
  /** Limits of blocks over all routes, by name or glob. */
  blocks?: Record<string, BlockBudgetInput> | undefined;
  /** Limits of upstream calls over all routes, by name or glob. */
  upstreams?: Record<string, UpstreamBudgetInput> | undefined;
}

/** The format as files are checked with it; the published JSON schema is made from it. */
export const BudgetsSchema: v.GenericSchema<BudgetsInput> = v.strictObject(
  {
    $schema: v.optional(v.string()),
    ...settings,
    routes: v.optional(
      described(
        v.record(v.string(), route, 'not routes; write such as { "GET /home": { wall: { p95: "250ms" } } }'),
        'Limits by route: "GET /users/:id", "/users/:id" for every method, or globs such as "GET /users/**"; of other units of work by kind and name: "JOB mails/welcome", "CRON **"',
      ),
    ),
    blocks: v.optional(described(blocks, 'Limits of blocks over all routes, by name or glob')),
    upstreams: v.optional(
      described(
        v.record(v.string(), ofAll, UPSTREAMS),
        'Limits of upstream calls over all routes, by name or glob, such as "postgresql *"',
      ),
    ),
  },
  'not budgets; write a map with "routes", "blocks" or "upstreams"',
);

export const DEFAULTS = { minRequests: 100, window: '5m', severity: 'warning' } as const;

/**
 * Gives a TypeScript file with budgets its types; returns what it is given.
 *
 * @example
 * export default defineBudgets({ routes: { 'GET /home': { wall: { p95: '250ms' } } } })
 */
export function defineBudgets(budgets: BudgetsInput): BudgetsInput {
  return budgets;
}
