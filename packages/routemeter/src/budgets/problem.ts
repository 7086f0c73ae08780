import { RoutemeterError } from '../errors/index.ts';
import { type Position, placeOf } from './budgets.ts';

/** One mistake in a budgets file: what, where, and what to write instead. */
export interface Problem {
  at: Position | undefined;
  text: string;
}

/**
 * Budgets that make no sense. Its message has one line for each mistake, `file:line:column: what; remedy`.
 *
 * @example
 * try { await loadBudgets('routemeter.budgets.yaml') } catch (error) { console.error(error.message) }
 */
export class BudgetsError extends RoutemeterError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super('RM_BUDGETS_INVALID', problems.map((one) => lineOf(file, one)).join('\n'));
    this.problems = problems;
  }
}

export function lineOf(file: string, { at, text }: Problem): string {
  return `${placeOf(file, at)}: ${text.replace(/[\r\n]+/g, ' ')}`;
}

/** The word that was probably meant, if one is near enough. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const one of words) {
    const distance = edits(word.toLowerCase(), one.toLowerCase(), least);
    if (distance < least) {
      least = distance;
      best = one;
    }
  }
  return best;
}

/** Levenshtein's distance, given up at `most`. */
function edits(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
    }
    row = next;
  }
  return row[b.length]!;
}
