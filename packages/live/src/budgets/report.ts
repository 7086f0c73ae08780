import { type Budgets, unmatchedLines, type Verdict } from 'routemeter/budgets';
import type { Range } from '../routes/table.ts';
import { type Source, verdicts } from './gather.ts';

/** Everything recorded in a time, held against budgets. */
export interface BudgetReport {
  /** Name of the budgets file. */
  file: string;
  /** How sure each `over` is, all of them together. */
  confidence: number;
  verdicts: Verdict[];
  /** One line for each entry of the file that nothing measured belongs to. */
  unmatched: string[];
}

/** Judges a whole run. */
export async function report(
  source: Source,
  budgets: Budgets,
  range: Range,
  confidence: number,
): Promise<BudgetReport> {
  const result = await verdicts(source, budgets, range, { confidence });
  return {
    file: budgets.file,
    confidence,
    verdicts: result.verdicts,
    unmatched: unmatchedLines(budgets, result.subjects),
  };
}
