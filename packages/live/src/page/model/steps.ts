const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];
const POINTS = 75;

/** Seconds from point to point: enough points for a shape, few enough for calm lines. */
export function stepFor(seconds: number): number {
  return STEPS.find((step) => step >= seconds / POINTS) ?? Math.ceil(seconds / POINTS / 3600) * 3600;
}
