import {
  type Applied,
  type Budgets,
  BudgetsError,
  kindOf,
  limitsFor,
  type Problem,
  type Subject,
  sentName,
  unmatched,
} from '../budgets/index.ts';
import { callPlace } from './calls.ts';
import { REQUEST } from './request.ts';

/** A route as `/api/routes` of routemeter-live answers it, with the names of its blocks where they are known. */
export interface KnownRoute {
  /** Full name of its metric; default `http.server.request`. */
  metric?: string | undefined;
  service?: string | undefined;
  method: string;
  route: string;
  blocks?: readonly string[] | undefined;
  /** Names of its upstream calls. */
  upstreams?: readonly string[] | undefined;
}

/** One limit of one route, block or call: what gets a monitor, an alert, a line in a panel. */
export interface Item {
  /** Full name of the metric of wall time, or of a call's duration. */
  metric: string;
  /** Full name of the metric of the requests that it belongs to. */
  request: string;
  subject: Subject;
  limit: Applied;
}

/** A route to be drawn, with its limits. */
export interface PlannedRoute {
  metric: string;
  method: string;
  route: string;
  items: Item[];
}

/** What the exports are made from. Everything in it is sorted, so the same input gives the same files. */
export interface Plan {
  /** Metrics of requests, one for each prefix. */
  metrics: string[];
  routes: PlannedRoute[];
  items: Item[];
}

/**
 * Joins budgets with the routes that there are. Without known routes, those that the budgets spell out are
 * taken; a glob then stands for nothing.
 *
 * @throws BudgetsError for a glob or an entry that no known route belongs to, and for other units of work.
 */
export function planOf(budgets: Budgets, known: readonly KnownRoute[] | undefined, prefix: string): Plan {
  const units = budgets.rules.filter(({ method }) => method !== undefined && kindOf(method) !== undefined);
  if (units.length > 0)
    throw new BudgetsError(
      budgets.file,
      units.map(({ key, at }) => ({
        at,
        text: `"${key}" is no route: exports hold routes, blocks and upstreams alone; leave it to routemeter-live and tests, in a file of its own`,
      })),
    );
  const request = prefix === '' ? REQUEST : `${prefix}.${REQUEST}`;
  const table = known ?? spelledOut(budgets);
  const routes = unique(
    table.map(({ metric = request, method, route }) => ({ metric, method, route })),
    ({ metric, method, route }) => [route, method, metric],
  );
  const blocks = unique(
    table.flatMap(({ metric = request, method, route, blocks = [] }) =>
      blocks.map((block) => ({ request: metric, method, route, block })),
    ),
    ({ request, method, route, block }) => [route, method, block, request],
  );
  const everywhere = unique(
    [...blocks, ...globalBlocks(budgets).map((block) => ({ request, block }))],
    ({ request, block }) => [block, request],
  );
  const upstreams = unique(
    table.flatMap(({ metric = request, method, route, upstreams: own = [] }) =>
      own.map((upstream) => ({ request: metric, method, route, upstream })),
    ),
    ({ request, method, route, upstream }) => [route, method, upstream, request],
  );
  const upstreamsEverywhere = unique(
    [...upstreams, ...globalUpstreams(budgets).map((upstream) => ({ request, upstream }))],
    ({ request, upstream }) => [upstream, request],
  );
  const subjects: Omit<Item, 'limit'>[] = [
    ...routes.map(({ metric, method, route }) => ({ metric, request: metric, subject: { method, route } })),
    ...blocks.map(({ request, method, route, block }) => ({
      metric: beside(request, block),
      request,
      subject: { method, route, block },
    })),
    ...everywhere.map(({ request, block }) => ({
      metric: beside(request, block),
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

/** The metric of a block: its name behind the prefix of the requests. */
function beside(request: string, block: string): string {
  return request.slice(0, -REQUEST.length) + sentName(block);
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
