import { type Budgets, type BudgetsInput, isPercentile, loadBudgets, parseBudgets } from 'routemeter/budgets';
import { LiveError } from '../errors.ts';

/** Reads budgets from a file, or checks those written out; what is wrong with them is a bad option. */
export async function openBudgets(budgets: string | BudgetsInput): Promise<Budgets> {
  try {
    return typeof budgets === 'string' ? await loadBudgets(budgets) : parseBudgets(budgets);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code !== 'RM_BUDGETS_INVALID') throw error;
    throw new LiveError('BAD_OPTION', message.replace(` [${code}]`, ''), { cause: error });
  }
}

/** More are not told apart: each series has a number for each. */
const MOST_BOUNDS = 32;

/** The limits of percentiles, in ms. */
export function timeLimits({ rules }: Budgets): number[] {
  const limits = rules.flatMap((rule) => rule.limits).filter(({ measure }) => isPercentile(measure));
  return [...new Set(limits.map(({ max }) => max))].sort((a, b) => a - b).slice(0, MOST_BOUNDS);
}
