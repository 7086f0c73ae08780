export { type CaptureMeter, captureMeter } from './capture.ts';
export { type CapturedMetric, expectMetric, type MetricExpectation } from './expect.ts';
