import picomatch from 'picomatch';
import type { Applied, Budgets, Rule } from './budgets.ts';
import { lineOf, nearest, type Problem } from './problem.ts';

/** A route, a block or a call within a route, or either over all routes, as it was measured. */
export interface Subject {
  service?: string | undefined;
  method?: string | undefined;
  route?: string | undefined;
  block?: string | undefined;
  /** A call as the page names it: `postgresql SELECT users`, `GET api.example.com`. */
  upstream?: string | undefined;
}

// Templates have braces, brackets and parentheses of their own: only stars and question marks are globs.
const OPTIONS = { nobrace: true, nobracket: true, noextglob: true, nonegate: true, dot: true } as const;

const compiled = new Map<string, (text: string) => boolean>();
const MOST_COMPILED = 1000;

function matches(pattern: string, text: string): boolean {
  if (pattern === text) return true;
  if (!/[*?]/.test(pattern)) return false;
  let test = compiled.get(pattern);
  if (test === undefined) {
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    test = picomatch(pattern, OPTIONS);
    compiled.set(pattern, test);
  }
  return test(text);
}

/** Whether a rule is about this subject. */
export function isAbout(rule: Rule, subject: Subject): boolean {
  if ((rule.block === undefined) !== (subject.block === undefined)) return false;
  if ((rule.upstream === undefined) !== (subject.upstream === undefined)) return false;
  if ((rule.route === undefined) !== (subject.route === undefined)) return false;
  if (rule.method !== undefined && rule.method !== subject.method?.toUpperCase()) return false;
  if (rule.route !== undefined && !matches(rule.route, subject.route!)) return false;
  if (rule.upstream !== undefined) return matches(rule.upstream, subject.upstream!);
  if (rule.block === undefined) return true;
  return matches(rule.block, subject.block!) || matches(sentName(rule.block), subject.block!);
}

/** A name as it is sent: what would break a line of StatsD becomes `_`, so `load feed` is `load_feed`. */
export function sentName(name: string): string {
  return name.replace(/[:|@#,\s\p{Cc}]/gu, '_');
}

/** Exact before glob, a method before none, then the one that spells out more. */
function specificity(rule: Rule): number {
  const text = `${rule.route ?? ''} ${rule.block ?? rule.upstream ?? ''}`;
  const literal = text.replace(/[*?]/g, '').length;
  return (/[*?]/.test(text) ? 0 : 1e6) + literal * 2 + (rule.method === undefined ? 0 : 1);
}

/** The limits that hold for a subject: each from the most specific entry that states it. */
export function limitsFor(budgets: Budgets, subject: Subject): Applied[] {
  const rules = budgets.rules.filter((rule) => isAbout(rule, subject));
  rules.sort((a, b) => specificity(b) - specificity(a));
  const found = new Map<string, Applied>();
  for (const rule of rules) {
    for (const limit of rule.limits) {
      if (!found.has(limit.measure)) found.set(limit.measure, { ...limit, rule });
    }
  }
  return [...found.values()];
}

/** One problem for each entry that is about nothing that was measured: most likely misspelt. */
export function unmatched(budgets: Budgets, subjects: readonly Subject[]): Problem[] {
  const names = new Set(subjects.map(subjectText));
  return budgets.rules
    .filter((rule) => !subjects.some((subject) => isAbout(rule, subject)))
    .map((rule) => {
      const what = kindOf(rule);
      const meant = nearest(rule.key, names);
      const remedy =
        meant === undefined
          ? `correct it, or send it ${what === 'route' ? 'requests' : 'calls'}`
          : `did you mean "${meant}"?`;
      return { at: rule.at, text: `"${rule.key}" matches no ${what} that was measured; ${remedy}` };
    });
}

function kindOf(rule: Rule): 'route' | 'block' | 'call' {
  if (rule.upstream !== undefined) return 'call';
  return rule.block === undefined ? 'route' : 'block';
}

/** The same as lines of text. */
export function unmatchedLines(budgets: Budgets, subjects: readonly Subject[]): string[] {
  return unmatched(budgets, subjects).map((problem) => lineOf(budgets.file, problem));
}

/** `GET /home`, `GET /home > load feed`, or the name of the block or call alone. */
export function subjectText({ method, route, block, upstream }: Subject): string {
  const request = route === undefined ? undefined : method ? `${method} ${route}` : route;
  return [request, block ?? upstream].filter((part) => part !== undefined).join(' > ');
}

/** The name of a block as the application gave it: without the prefix that stands before the requests too. */
export function blockName(metric: string, prefixes: Iterable<string>): string {
  for (const prefix of prefixes) {
    if (prefix !== '' && metric.startsWith(`${prefix}.`)) return metric.slice(prefix.length + 1);
  }
  return metric;
}
