import * as v from 'valibot';
import { show } from '../errors/index.ts';
import type { Budgets, Limit, Position, Rule, Target } from './budgets.ts';
import { contradictions } from './contradictions.ts';
import { type BlockBudgetInput, BudgetsSchema, DEFAULTS, type RouteBudgetInput } from './format.ts';
import { BudgetsError, nearest, type Problem } from './problem.ts';
import { toMs, toSeconds, toShare } from './units.ts';

export type Path = readonly (string | number)[];

/** Finds the key of an entry, or its value, in the text that the budgets came from. */
export type Locate = (path: Path, what: 'key' | 'value') => Position | undefined;

/** routes, route, blocks, block, wall, p95. */
const DEEPEST = 6;
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
  const add = (path: Path, target: Target, budget: BlockBudgetInput, inherited: typeof settings) => {
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
    else if (!('blocks' in budget)) {
      problems.push({
        at: rule.at,
        text: `"${rule.key}" limits nothing; add wall, cpu or errors, or remove it`,
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
  }
  for (const [name, block] of Object.entries(input.blocks ?? {})) {
    add(['blocks', name], { method: undefined, route: undefined, block: name }, block, settings);
  }
  if (rules.length === 0 && problems.length === 0) {
    problems.push({
      at: locate([], 'value'),
      text: 'there is no budget in it; add one under "routes" or "blocks"',
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
function defined(settings: BlockBudgetInput): Partial<typeof DEFAULTS> {
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
  return { method: method === '*' ? undefined : method?.toUpperCase(), route: route!, block: undefined };
}

function limitsOf(path: Path, budget: BlockBudgetInput, locate: Locate): Limit[] {
  const limits: Limit[] = [];
  for (const part of ['wall', 'cpu'] as const) {
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
  if (budget.errors !== undefined) {
    limits.push({ measure: 'errors', max: toShare(budget.errors), at: locate([...path, 'errors'], 'value') });
  }
  return limits;
}

/** Keys by what stands before them. */
const KEYS: Record<string, readonly string[]> = {
  top: ['routes', 'blocks', 'minRequests', 'window', 'severity'],
  route: ['wall', 'cpu', 'errors', 'blocks', 'minRequests', 'window', 'severity'],
  block: ['wall', 'cpu', 'errors', 'minRequests', 'window', 'severity'],
  times: ['p50', 'p95', 'p99'],
};

function keysAt(path: Path): readonly string[] {
  if (path.length === 0) return KEYS.top!;
  if (path.at(-1) === 'wall' || path.at(-1) === 'cpu') return KEYS.times!;
  return path[0] === 'routes' && path.length === 2 ? KEYS.route! : KEYS.block!;
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
