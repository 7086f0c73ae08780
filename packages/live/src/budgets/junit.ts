import { subjectText, type Verdict, verdictText } from 'routemeter/budgets';
import type { BudgetReport } from './report.ts';

/** The verdicts as CI systems read them: each limit is a test, each entry that matches nothing an error. */
export function junit(report: BudgetReport, failed: readonly Verdict[]): string {
  const skipped = report.verdicts.filter((one) => one.state === 'few' && !failed.includes(one));
  const cases = report.verdicts.map((verdict) => {
    const name = `<testcase classname="${xml(subjectText(verdict.subject))}" name="${xml(verdict.limit.measure)}"`;
    const text = xml(verdictText(verdict));
    if (failed.includes(verdict)) return `${name}><failure message="${text}"/></testcase>`;
    return skipped.includes(verdict) ? `${name}><skipped message="${text}"/></testcase>` : `${name}/>`;
  });
  const errors = report.unmatched.map(
    (line) => `<testcase classname="budgets" name="${xml(line)}"><error message="${xml(line)}"/></testcase>`,
  );
  const counts = `tests="${cases.length + errors.length}" failures="${failed.length}" errors="${errors.length}" skipped="${skipped.length}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${xml(report.file)}" ${counts}>`,
    ...[...cases, ...errors].map((one) => `    ${one}`),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters and lone surrogates have no place in XML at all. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, '?')
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
