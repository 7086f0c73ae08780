import { amount, percentage, subjectText, type Verdict } from 'routemeter/budgets';
import { columns, printable } from '../terminal/columns.ts';
import type { BudgetReport } from './report.ts';

/** What fails a check: limits that were exceeded, and where it is strict those without a verdict. */
export function failures(report: BudgetReport, strict: boolean): Verdict[] {
  return report.verdicts.filter(({ state }) => state === 'over' || (strict && state === 'few'));
}

const HEAD = ['over budget', 'limit of', 'measured', 'at least', 'limit', 'samples', 'written at'];
const RIGHT = new Set([2, 3, 4, 5]);

/** The failures as a table, and one line on all the rest. */
export function table(report: BudgetReport, failed: readonly Verdict[]): string {
  const lines: string[] = [];
  if (failed.length > 0) {
    lines.push(...columns([HEAD, ...failed.map((verdict) => row(report, verdict))], RIGHT), '');
  }
  lines.push(...report.unmatched);
  const kept = report.verdicts.filter(({ state }) => state === 'ok').length;
  const over = report.verdicts.filter(({ state }) => state === 'over').length;
  const few = report.verdicts.filter(({ state }) => state === 'few');
  const parts = [`${kept} kept`, `${over} over`];
  if (few.length > 0) parts.push(`${few.length} without enough traffic for a verdict`);
  lines.push(
    `budgets: ${parts.join(', ')} (with ${percentage(report.confidence)} confidence over all of them)`,
  );
  for (const { subject, limit, count } of few) {
    lines.push(
      `  ${subjectText(subject)}: ${limit.measure} needs ${limit.rule.minRequests} samples, had ${count}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function row(report: BudgetReport, verdict: Verdict): string[] {
  const { subject, limit, value, atLeast, count, state } = verdict;
  const place = limit.at === undefined ? report.file : `${report.file}:${limit.at.line}:${limit.at.column}`;
  return [
    printable(subjectText(subject)),
    limit.measure,
    amount(verdict, value),
    state === 'few' ? 'too few' : amount(verdict, atLeast),
    amount(verdict, limit.max),
    String(count),
    place,
  ];
}
