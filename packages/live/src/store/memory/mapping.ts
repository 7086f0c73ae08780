/**
 * The logarithmic mapping of DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile
 * sketch with relative-error guarantees", VLDB 2019, section 2.1): with gamma = (1 + a) / (1 - a), the value
 * x falls into bin ceil(log_gamma(x)), and 2 gamma^i / (gamma + 1) is within a of every value of bin i.
 *
 * Bins carry an ordered key: 0 for zero, positive keys for positive values, negative for negative ones, so
 * that ascending keys are ascending values.
 */

/** What percentiles are within, of the exact ones. */
export const PROMISED = 0.01;
/** What is sent has five significant digits; the difference to what is promised is the margin. */
export const ACCURACY = 0.0075;
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const MULTIPLIER = 1 / Math.log(GAMMA);
/** Smaller magnitudes are zero, greater ones share the last bin (their exact maximum is kept apart). */
const SMALLEST = 1e-9;
const GREATEST = 1e18;
const OFFSET = 1 - Math.ceil(Math.log(SMALLEST) * MULTIPLIER);
export const MAX_KEY = Math.ceil(Math.log(GREATEST) * MULTIPLIER) + OFFSET;

export function keyOf(value: number): number {
  if (value >= SMALLEST) {
    return value > GREATEST ? MAX_KEY : Math.ceil(Math.log(value) * MULTIPLIER) + OFFSET;
  }
  if (value > -SMALLEST) return 0;
  return value < -GREATEST ? -MAX_KEY : -(Math.ceil(Math.log(-value) * MULTIPLIER) + OFFSET);
}

export function binValue(key: number): number {
  if (key === 0) return 0;
  const magnitude = (2 * GAMMA ** (Math.abs(key) - OFFSET)) / (GAMMA + 1);
  return key < 0 ? -magnitude : magnitude;
}
