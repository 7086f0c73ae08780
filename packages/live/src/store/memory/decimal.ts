/**
 * Measured values have few decimals: 12.346 is 12,346 thousandths, which take three bytes where the number
 * itself takes eight. Only numbers that come back as they were are written so; zero has no sign then.
 */
const SCALES = [1, 10, 100, 1e3, 1e4, 1e5, 1e6] as const;
/** Whole numbers beyond it would take as many bytes as the number itself. */
const MAX_UNITS = 2 ** 40;
/** How far apart two neighbours of a sum may be: two bytes and a half. */
const MAX_STEPS = 2 ** 20;

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
/** Float64 lies in memory as the machine has it. */
const LOW = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/** The least number of decimals from `least` on with which a value is exact; -1 where there is none. */
export function decimalsOf(value: number, least: number): number {
  for (let decimals = least; decimals < SCALES.length; decimals++) {
    const units = unitsOf(value, decimals);
    // Of NaN too.
    if (!(Math.abs(units) < MAX_UNITS)) return -1;
    if (decimalOf(units, decimals) === value) return decimals;
  }
  return -1;
}

export function unitsOf(value: number, decimals: number): number {
  return Math.round(value * SCALES[decimals]!);
}

export function decimalOf(units: number, decimals: number): number {
  return units / SCALES[decimals]!;
}

/**
 * A sum of decimals is next to a decimal, seldom one: how many numbers lie between. Undefined where they are
 * too many.
 */
export function stepsTo(sum: number, decimals: number): number | undefined {
  const units = unitsOf(sum, decimals);
  // Of NaN too.
  if (!(Math.abs(units) < MAX_UNITS)) return undefined;
  float[0] = sum;
  const high = words[HIGH]!;
  const low = words[LOW]! >>> 0;
  float[0] = decimalOf(units, decimals);
  if (words[HIGH] !== high) return undefined;
  const steps = low - (words[LOW]! >>> 0);
  return Math.abs(steps) < MAX_STEPS ? steps : undefined;
}

/** The number that lies so many steps from a decimal. */
export function stepFrom(value: number, steps: number): number {
  if (steps === 0) return value;
  float[0] = value;
  words[LOW] = words[LOW]! + steps;
  return float[0];
}
