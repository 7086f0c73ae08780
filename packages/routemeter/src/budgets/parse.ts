import * as v from 'valibot';
import { show } from '../errors/index.ts';
import { type Budgets, type Limit, type Position, type Rule, type Target, TIMES_PARTS } from './budgets.ts';
import { contradictions } from './contradictions.ts';
import {
  BudgetsSchema,
  DEFAULTS,
  type RouteBudgetInput,
  type RouteUpstreamInput,
  type SettingsInput,
} from './format.ts';
import { BudgetsError, nearest, type Problem } from './problem.ts';
import { toMs, toSeconds, toShare } from './units.ts';

export type Path = readonly (string | number)[];

/** Finds the key of an entry, or its value, in the text that the budgets came from. */
export type Locate = (path: Path, what: 'key' | 'value') => Position | undefined;

/** routes, route, blocks, block, wall, p95. */
const DEEPEST = 6;
const ANYWHERE: Target = { method: undefined, route: undefined, block: undefined, upstream: undefined };
const NOWHERE: Locate = () => undefined;

/**
 * Checks budgets and brings them into one form: milliseconds, shares, seconds.
 *
 * @throws BudgetsError with one line for each mistake.
 */
export function parseBudgets(value: unknown, file = 'budgets', locate: Locate = NOWHERE): Budgets {
  const list = findList(value, []);
  if (list !== undefined) {
    const text = 'a list is nothing here; write a map, such as "GET /home": { errors: "1%" }';
    throw new BudgetsError(file, [{ at: locate(list, 'value'), text }]);
  }
  const result = v.safeParse(BudgetsSchema, value);
  if (!result.success)
    throw new BudgetsError(
      file,
      result.issues.map((issue) => problemOf(issue, locate)),
    );
  const input = result.output;
  const settings = { ...DEFAULTS, ...defined(input) };
  const problems: Problem[] = [];
  const rules: Rule[] = [];
  const add = (path: Path, target: Target, budget: Limits, inherited: typeof settings) => {
    const own = { ...inherited, ...defined(budget) };
    const rule: Rule = {
      ...target,
      key: keyOf(path),
      limits: limitsOf(path, budget, locate),
      minRequests: own.minRequests,
      window: toSeconds(own.window),
      severity: own.severity,
      at: locate(path, 'key'),
    };
    if (rule.limits.length > 0) rules.push(rule);
    else if (!('blocks' in budget) && !('upstreams' in budget)) {
      const limits = keysAt(path).filter((key) => LIMITS.has(key));
      const last = limits.pop();
      problems.push({
        at: rule.at,
        text: `"${rule.key}" limits nothing; add ${[limits.join(', '), last].filter(Boolean).join(' or ')}, or remove it`,
      });
    }
    return own;
  };

  const seen = new Map<string, string>();
  for (const [key, budget] of Object.entries(input.routes ?? {}) as [string, RouteBudgetInput][]) {
    const path = ['routes', key];
    const target = targetOf(key);
    if (target === undefined) {
      problems.push({
        at: locate(path, 'key'),
        text: `${show(key)} is not a route; write such as "GET /users/:id" or "/users/**"`,
      });
      continue;
    }
    const same = `${target.method ?? '*'} ${target.route}`;
    const before = seen.get(same);
    if (before !== undefined) {
      problems.push({
        at: locate(path, 'key'),
        text: `"${key}" is the same route as "${before}"; join the two`,
      });
    }
    seen.set(same, key);
    const own = add(path, target, budget, settings);
    for (const [name, block] of Object.entries(budget.blocks ?? {})) {
      add([...path, 'blocks', name], { ...target, block: name }, block, own);
    }
    for (const [name, upstream] of Object.entries(budget.upstreams ?? {})) {
      add([...path, 'upstreams', name], { ...target, upstream: name }, upstream, own);
    }
  }
  for (const [name, block] of Object.entries(input.blocks ?? {})) {
    add(['blocks', name], { ...ANYWHERE, block: name }, block, settings);
  }
  for (const [name, upstream] of Object.entries(input.upstreams ?? {})) {
    add(['upstreams', name], { ...ANYWHERE, upstream: name }, upstream, settings);
  }
  if (rules.length === 0 && problems.length === 0) {
    problems.push({
      at: locate([], 'value'),
      text: 'there is no budget in it; add one under "routes", "blocks" or "upstreams"',
    });
  }
  problems.push(...contradictions({ file, rules }));
  if (problems.length > 0) throw new BudgetsError(file, problems);
  return { file, rules };
}

/** Nothing in the format is a list; to the schema one would be a map with keys such as "0". */
function findList(value: unknown, path: Path): Path | undefined {
  if (Array.isArray(value)) return path;
  if (typeof value !== 'object' || value === null || path.length > DEEPEST) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findList(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Without what is another entry's, or left out. */
function defined(settings: SettingsInput): Partial<typeof DEFAULTS> {
  const { minRequests, window, severity } = settings;
  return Object.fromEntries(
    Object.entries({ minRequests, window, severity }).filter(([, value]) => value !== undefined),
  );
}

function keyOf(path: Path): string {
  return path.filter((_, i) => i % 2 === 1).join(' > ');
}

function targetOf(key: string): Target | undefined {
  const match = /^(?:(\*|[A-Za-z]+)\s+)?(\S.*)$/.exec(key.trim());
  if (match === null) return undefined;
  const [, method, route] = match;
  // "GET" alone is a method without its route.
  if (method === undefined && /^[A-Z]+$/.test(route!)) return undefined;
  return { ...ANYWHERE, method: method === '*' ? undefined : method?.toUpperCase(), route: route! };
}

type Limits = Omit<RouteBudgetInput, 'blocks' | 'upstreams'> & RouteUpstreamInput;

function limitsOf(path: Path, budget: Limits, locate: Locate): Limit[] {
  const limits: Limit[] = [];
  for (const part of TIMES_PARTS) {
    for (const quantile of ['p50', 'p95', 'p99'] as const) {
      const max = budget[part]?.[quantile];
      if (max === undefined) continue;
      limits.push({
        measure: `${part} ${quantile}`,
        max: toMs(max),
        at: locate([...path, part, quantile], 'value'),
      });
    }
  }
  const add = (measure: 'errors' | 'calls' | 'wait', max: number | undefined) => {
    if (max !== undefined) limits.push({ measure, max, at: locate([...path, measure], 'value') });
  };
  add('errors', budget.errors === undefined ? undefined : toShare(budget.errors));
  add('calls', budget.calls);
  add('wait', budget.wait === undefined ? undefined : toMs(budget.wait));
  return limits;
}

/** Keys by what stands before them. */
const KEYS: Record<string, readonly string[]> = {
  top: ['routes', 'blocks', 'upstreams', 'minRequests', 'window', 'severity'],
  route: [
    'wall',
    'cpu',
    'queued',
    'client',
    'errors',
    'calls',
    'wait',
    'blocks',
    'upstreams',
    'minRequests',
    'window',
    'severity',
  ],
  upstream: ['calls', 'wait', 'errors', 'minRequests', 'window', 'severity'],
  upstreams: ['errors', 'minRequests', 'window', 'severity'],
  block: ['wall', 'cpu', 'errors', 'minRequests', 'window', 'severity'],
  times: ['p50', 'p95', 'p99'],
};

const LIMITS: ReadonlySet<string> = new Set([...TIMES_PARTS, 'errors', 'calls', 'wait']);

function keysAt(path: Path): readonly string[] {
  if (path.length === 0) return KEYS.top!;
  if (TIMES_PARTS.some((part) => part === path.at(-1))) return KEYS.times!;
  if (path[0] === 'upstreams') return KEYS.upstreams!;
  if (path[0] !== 'routes') return KEYS.block!;
  if (path.length === 2) return KEYS.route!;
  return path[2] === 'upstreams' ? KEYS.upstream! : KEYS.block!;
}

function problemOf(issue: v.BaseIssue<unknown>, locate: Locate): Problem {
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  const key = path.at(-1);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = keysAt(path.slice(0, -1));
    const meant = nearest(String(key), known);
    const remedy = meant === undefined ? `use ${known.join(', ')}` : `did you mean "${meant}"?`;
    return { at: locate(path, 'key'), text: `unknown key "${key}"; ${remedy}` };
  }
  const subject = key === undefined ? '' : `${key}: `;
  return { at: locate(path, 'value'), text: `${subject}${show(issue.input)} is ${issue.message}` };
}
