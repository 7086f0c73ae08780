export { binomialAtMost, lowerMean, lowerRank, lowerShare, samplesNeeded } from './bound.ts';
export {
  type Applied,
  type Budgets,
  isPercentile,
  type Limit,
  type Measure,
  type Part,
  type Position,
  partsOf,
  placeOf,
  QUANTILE,
  type Rule,
  type Severity,
  TIMES_PARTS,
  type TimesPart,
  unitOf,
} from './budgets.ts';
export { CALL_METRICS, type CallSample, callSample } from './call.ts';
export {
  type BlockBudgetInput,
  type BudgetsInput,
  defineBudgets,
  type RouteBudgetInput,
  type RouteUpstreamInput,
  type UpstreamBudgetInput,
} from './format.ts';
export {
  amount,
  boundQuantile,
  confidenceEach,
  judge,
  type Measured,
  measureErrors,
  measureMean,
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
export {
  FAILURES,
  isUnitPart,
  kindOf,
  labelOf,
  metricOfUnits,
  oneOf,
  UNIT_LABELS,
  type UnitSubject,
  unitMetric,
  unitSubject,
  unitTags,
  WORK_METRICS,
} from './unit.ts';
export { shareText, timeText, type Unit, valueText } from './units.ts';
