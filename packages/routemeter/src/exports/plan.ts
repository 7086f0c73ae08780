import {
  type Applied,
  type Budgets,
  BudgetsError,
  limitsFor,
  metricOfUnits,
  type Problem,
  type Subject,
  sentName,
  unitMetric,
  unmatched,
} from '../budgets/index.ts';
import { callPlace } from './calls.ts';
import { beside, REQUEST } from './unit.ts';

/**
 * A route, or another unit of work by the label of its kind and its name, as `/api/routes` of routemeter-live answers
 * it, with the names of its blocks where they are known.
 */
export interface KnownRoute {
  /** Full name of its metric; default that of its kind. */
  metric?: string | undefined;
  service?: string | undefined;
  method: string;
  route: string;
  blocks?: readonly string[] | undefined;
  /** Names of its upstream calls. */
  upstreams?: readonly string[] | undefined;
  /** Present where other threads used CPU for it. */
  cpuRemote?: object | undefined;
}

/** One limit of one route, block or call: what gets a monitor, an alert, a line in a panel. */
export interface Item {
  /** Full name of the metric of wall time, or of a call's duration. */
  metric: string;
  /** Full name of the metric of the units that it belongs to. */
  request: string;
  subject: Subject;
  limit: Applied;
}

/** A route, or another unit of work, to be drawn with its limits. */
export interface PlannedRoute {
  metric: string;
  method: string;
  route: string;
  items: Item[];
}

/** What the exports are made from. Everything in it is sorted, so the same input gives the same files. */
export interface Plan {
  /** Metrics of units, for each prefix one of each kind that there is. */
  metrics: string[];
  /** Those of them for which other threads use CPU. */
  remote: string[];
  routes: PlannedRoute[];
  items: Item[];
}

/**
 * Joins budgets with the routes that there are. Without known routes, those that the budgets spell out are
 * taken; a glob then stands for nothing.
 *
 * @throws BudgetsError for a glob or an entry that no known route belongs to.
 */
export function planOf(budgets: Budgets, known: readonly KnownRoute[] | undefined, prefix: string): Plan {
  const named = (metric: string) => (prefix === '' ? metric : `${prefix}.${metric}`);
  const request = named(REQUEST);
  const table = (known ?? spelledOut(budgets)).map((one) => ({
    ...one,
    metric: one.metric ?? named(metricOfUnits(one.method)),
  }));
  const ours = table.filter(({ metric }) => unitMetric(metric) !== undefined);
  /** The applications, by their metrics of requests. */
  const senders = [...new Set(ours.map(({ metric }) => beside(metric, REQUEST)))];
  if (senders.length === 0) senders.push(request);
  const routes = unique(
    table.map(({ metric, method, route }) => ({ metric, method, route })),
    ({ metric, method, route }) => [route, method, metric],
  );
  const blocks = unique(
    table.flatMap(({ metric, method, route, blocks = [] }) =>
      blocks.map((block) => ({ request: metric, method, route, block })),
    ),
    ({ request, method, route, block }) => [route, method, block, request],
  );
  const everywhere = unique(
    [
      ...blocks,
      ...globalBlocks(budgets).flatMap((block) => senders.map((request) => ({ request, block }))),
    ].map(overall),
    ({ request, block }) => [block, request],
  );
  const upstreams = unique(
    table.flatMap(({ metric, method, route, upstreams: own = [] }) =>
      own.map((upstream) => ({ request: metric, method, route, upstream })),
    ),
    ({ request, method, route, upstream }) => [route, method, upstream, request],
  );
  const upstreamsEverywhere = unique(
    [
      ...upstreams,
      ...globalUpstreams(budgets).flatMap((upstream) => senders.map((request) => ({ request, upstream }))),
    ].map(overall),
    ({ request, upstream }) => [upstream, request],
  );
  const subjects: Omit<Item, 'limit'>[] = [
    ...routes.map(({ metric, method, route }) => ({ metric, request: metric, subject: { method, route } })),
    ...blocks.map(({ request, method, route, block }) => ({
      metric: beside(request, sentName(block)),
      request,
      subject: { method, route, block },
    })),
    ...everywhere.map(({ request, block }) => ({
      metric: beside(request, sentName(block)),
      request,
      subject: { block },
    })),
    ...upstreams.map(({ request, method, route, upstream }) => ({
      metric: callPlace(upstream, request).metric,
      request,
      subject: { method, route, upstream },
    })),
    ...upstreamsEverywhere.map(({ request, upstream }) => ({
      metric: callPlace(upstream, request).metric,
      request,
      subject: { upstream },
    })),
  ];
  const lost = unmatched(
    budgets,
    subjects.map((one) => one.subject),
  );
  if (lost.length > 0)
    throw new BudgetsError(
      budgets.file,
      lost.map((one) => explained(one, known)),
    );
  const items = subjects.flatMap((one) =>
    limitsFor(budgets, one.subject).map((limit) => ({ ...one, limit })),
  );
  return {
    metrics: [
      ...new Set([...routes.map((one) => one.metric), ...(routes.length === 0 ? [request] : [])]),
    ].sort(),
    remote: [
      ...new Set(table.filter(({ cpuRemote }) => cpuRemote !== undefined).map(({ metric }) => metric)),
    ],
    routes: routes.map((one) => ({
      ...one,
      items: items.filter(
        ({ metric, subject }) =>
          metric === one.metric && subject.route === one.route && subject.method === one.method,
      ),
    })),
    items,
  };
}

/** Whatever units it is part of: a block, or a call, of routes and jobs is one. */
function overall<T extends { request: string }>(one: T): T {
  return { ...one, request: beside(one.request, REQUEST) };
}

/** Routes that need no table to be known. A route for every method needs one. */
function spelledOut(budgets: Budgets): KnownRoute[] {
  const own = (name: string | undefined) => (name === undefined || isGlob(name) ? [] : [name]);
  return budgets.rules.flatMap(({ method, route, block, upstream }) => {
    if (method === undefined || route === undefined || isGlob(route)) return [];
    return [{ method, route, blocks: own(block), upstreams: own(upstream) }];
  });
}

function globalUpstreams(budgets: Budgets): string[] {
  return budgets.rules.flatMap(({ route, upstream }) =>
    route === undefined && upstream !== undefined && !isGlob(upstream) ? [upstream] : [],
  );
}

function globalBlocks(budgets: Budgets): string[] {
  return budgets.rules.flatMap(({ route, block }) =>
    route === undefined && block !== undefined && !isGlob(block) ? [block] : [],
  );
}

function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

function explained(problem: Problem, known: readonly KnownRoute[] | undefined): Problem {
  if (known !== undefined) return problem;
  const what = problem.text.replace(/ that was measured;.*/, '');
  return {
    at: problem.at,
    text: `${what} that is spelled out; give the routes with --routes, or method and template in full`,
  };
}

function unique<T>(list: readonly T[], key: (one: T) => readonly string[]): T[] {
  const found = new Map(list.map((one) => [JSON.stringify(key(one)), one]));
  return [...found].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, one]) => one);
}
