const STEPS = [1, 1.5, 2, 3, 5, 7.5, 10];

/** The next round number at or above `value`. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = STEPS.find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(3));
}

/** A scale that grows at once but shrinks only when less than 40 % of it is used: bars stay calm. */
export function calmScale(): (largest: number) => number {
  let scale = 0;
  return (largest) => {
    if (largest > scale || largest < scale * 0.4) scale = roundUp(largest);
    return scale;
  };
}

/** Air between the furthest value and the edge of a chart. */
const AIR = 1.08;

/** The ends of y: always with 0, and as far below it as the values go. */
export function valueRange(least: number | null, most: number | null): [low: number, high: number] {
  const low = Math.min(0, least ?? 0) * AIR;
  const high = Math.max(0, most ?? 0) * AIR;
  return low === high ? [0, 1] : [low, high];
}
