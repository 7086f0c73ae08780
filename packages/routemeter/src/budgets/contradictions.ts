import {
  type Applied,
  type Budgets,
  isPercentile,
  type Measure,
  partsOf,
  type Rule,
  type TimesPart,
  unitOf,
} from './budgets.ts';
import { limitsFor } from './match.ts';
import type { Problem } from './problem.ts';
import { oneOf } from './unit.ts';
import { shareText, valueText } from './units.ts';

/** Limits that nothing can keep or exceed, and limits that hold for the same route and exclude each other. */
export function contradictions(budgets: Budgets): Problem[] {
  const problems = new Map<string, Problem>();
  for (const rule of budgets.rules) {
    for (const problem of impossible(rule)) problems.set(JSON.stringify(problem), problem);
    // What holds where the entry holds, from it and from less specific ones.
    const { method, route, block, upstream } = rule;
    const own = limitsFor(budgets, { method, route, block, upstream });
    const found = conflicts(own);
    if (upstream !== undefined) found.push(...beyond(own, limitsFor(budgets, { method, route })));
    for (const problem of found) problems.set(JSON.stringify(problem), problem);
  }
  return [...problems.values()];
}

function impossible(rule: Rule): Problem[] {
  return rule.limits.flatMap(({ measure, max, at }) => {
    if (unitOf(measure) === 'ms') {
      return max > 0 ? [] : [{ at, text: `${measure}: no request takes no time; write a limit above 0` }];
    }
    if (measure !== 'errors' || max <= 1) return [];
    return [{ at, text: `errors: ${shareText(max)} is more than all requests; write at most "100%"` }];
  });
}

const PART_OF: Partial<Record<TimesPart, readonly [of: TimesPart, why: string]>> = {
  cpu: ['wall', 'of which CPU time is a part'],
  wall: ['client', 'of which wall time is a part'],
  queued: ['client', 'of which waiting unread is a part'],
};

function conflicts(limits: readonly Applied[]): Problem[] {
  const byMeasure = new Map<Measure, Applied>(limits.map((limit) => [limit.measure, limit]));
  return limits.flatMap((limit) => {
    if (!isPercentile(limit.measure)) return [];
    const part = partsOf(limit.measure).part as TimesPart;
    const higher = ([`${part} p95`, `${part} p99`] as const).filter((name) => name > limit.measure);
    const above = higher.flatMap((name) =>
      conflict(limit, byMeasure.get(name), 'which is never the lower of the two'),
    );
    const [of, why] = PART_OF[part] ?? [];
    const whole = of && byMeasure.get(limit.measure.replace(part, of) as Measure);
    return [...above, ...conflict(limit, whole, why!)];
  });
}

/** What one upstream may have is a part of what its route may. */
function beyond(limits: readonly Applied[], route: readonly Applied[]): Problem[] {
  return limits.flatMap((limit) => {
    if (limit.measure !== 'calls' && limit.measure !== 'wait') return [];
    const all = route.find(({ measure }) => measure === limit.measure);
    return conflict(limit, all, 'of which it is a part');
  });
}

function conflict(limit: Applied, other: Applied | undefined, why: string): Problem[] {
  if (other === undefined || limit.max <= other.max) return [];
  const where = other.rule === limit.rule ? '' : ` of "${other.rule.key}"`;
  const text = ({ measure, max, rule }: Applied) =>
    `${measure} of ${valueText(unitOf(measure), max, oneOf(rule.method))}`;
  return [
    {
      at: limit.at,
      text: `${text(limit)} contradicts ${text(other)}${where}, ${why}; lower the one or raise the other`,
    },
  ];
}
