export { type ExpectBudgetsOptions, expectBudgets } from './budgets.ts';
export { type CaptureMeter, captureMeter } from './capture.ts';
export { type CapturedMetric, expectMetric, type MetricExpectation } from './expect.ts';
export { type MetricMatchers, metricMatchers, type WantedMetric } from './matchers.ts';
