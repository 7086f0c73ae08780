import { type Budgets, type BudgetsInput, loadBudgets, parseBudgets } from 'routemeter/budgets';
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
