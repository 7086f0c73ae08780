export { binomialAtMost, lowerRank, lowerShare, samplesNeeded } from './bound.ts';
export {
  type Applied,
  type Budgets,
  type Limit,
  type Measure,
  type Position,
  partsOf,
  placeOf,
  QUANTILE,
  type Rule,
} from './budgets.ts';
export {
  type BlockBudgetInput,
  type BudgetsInput,
  defineBudgets,
  type RouteBudgetInput,
  type Severity,
} from './format.ts';
export {
  amount,
  boundQuantile,
  confidenceEach,
  judge,
  type Measured,
  measureErrors,
  measureTimes,
  percentage,
  type State,
  type Verdict,
  verdictPlace,
  verdictText,
} from './judge.ts';
export { BUDGET_FILES, findBudgets, loadBudgets } from './load.ts';
export {
  blockName,
  isAbout,
  limitsFor,
  type Subject,
  sentName,
  subjectText,
  unmatched,
  unmatchedLines,
} from './match.ts';
export { parseBudgets } from './parse.ts';
export { BudgetsError, nearest, type Problem } from './problem.ts';
export { shareText, timeText } from './units.ts';
