/**
 * What a sample says for certain about the population it was drawn from, without assuming any shape of it:
 * bounds from order statistics, which follow the binomial distribution, and on means of what has a greatest value.
 */

/** P(X <= k) for X of `n` trials that succeed with probability `p`. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return regularisedBeta(1 - p, n - k, k + 1);
}

/**
 * The rank (1 for the smallest) of the sample that lies below the population's quantile `q` with at least
 * `confidence`; 0 where the sample is too small to say anything.
 *
 * The r-th of n samples exceeds the quantile only if fewer than r of them lie below it.
 */
export function lowerRank(n: number, q: number, confidence: number): number {
  const alpha = 1 - confidence;
  let low = 0;
  let high = n + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (binomialAtMost(middle - 1, n, q) <= alpha) low = middle;
    else high = middle;
  }
  return low;
}

/** The least share of failures that would give `k` of `n` with more than 1 - `confidence` (Clopper-Pearson). */
export function lowerShare(k: number, n: number, confidence: number): number {
  if (k <= 0 || n <= 0) return 0;
  let low = 0;
  let high = k / n;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (1 - binomialAtMost(k - 1, n, middle) <= 1 - confidence) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The least that the mean of a population can be, for a sample with a mean of `mean` whose values lie between 0 and
 * `max`. Holds for every such distribution (Hoeffding 1963, theorem 1); of the population `max` is not known, and
 * that of the sample stands for it.
 */
export function lowerMean(mean: number, max: number, n: number, confidence: number): number {
  if (mean <= 0 || n <= 0) return 0;
  const share = Math.min(1, mean / max);
  const most = -Math.log(1 - confidence) / n;
  let low = 0;
  let high = share;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (divergence(share, middle) > most) low = middle;
    else high = middle;
  }
  return low * Math.max(max, mean);
}

/** Of Kullback and Leibler, between what succeeds with a probability of `a` and of `b`. */
function divergence(a: number, b: number): number {
  const part = (x: number, y: number) => (x === 0 ? 0 : x * Math.log(x / y));
  return part(a, b) + part(1 - a, 1 - b);
}

/**
 * Requests needed so that a quantile over its limit is proven with probability `power`.
 *
 * @param q the quantile that has the limit, such as 0.95
 * @param beyond the share of requests that now take longer than the limit; 1 - q is allowed
 */
export function samplesNeeded(q: number, beyond: number, confidence: number, power = 0.999): number {
  const isEnough = (n: number) => {
    // Proven when the sample at this rank is beyond the limit: at most rank - 1 lie within it.
    const rank = lowerRank(n, q, confidence);
    return rank > 0 && binomialAtMost(rank - 1, n, 1 - beyond) >= power;
  };
  let high = 8;
  while (!isEnough(high)) {
    high *= 2;
    if (high > 1e8) return Number.POSITIVE_INFINITY;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** I_x(a, b), by the continued fraction of Lentz (https://dlmf.nist.gov/8.17#v). */
function regularisedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

const TINY = 1e-300;
/** The fraction needs about the root of the larger parameter; enough for a thousand million samples. */
const STEPS = 100_000;

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return result;
}

function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** Stirling's series, after moving the argument to where it is exact in doubles. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 15) {
    shift += Math.log(z);
    z++;
  }
  const r = 1 / (z * z);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
