export const WIDTH = 96;
export const HEIGHT = 22;

/** A line over equal steps from 0 to its own largest value; a gap where there is no value. */
export function sparkPath(points: readonly (number | null)[], width = WIDTH, height = HEIGHT): string {
  const largest = Math.max(0, ...points.map((point) => point ?? 0));
  if (largest === 0 || points.length < 2) return '';
  const dx = width / (points.length - 1);
  let path = '';
  let drawing = false;
  points.forEach((point, index) => {
    if (point === null) {
      drawing = false;
      return;
    }
    const x = (index * dx).toFixed(1);
    const y = (height - 1.5 - (point / largest) * (height - 3)).toFixed(1);
    path += `${drawing ? 'L' : 'M'}${x} ${y}`;
    // A lone point between gaps would be invisible as a line without length.
    if (!drawing && (points[index + 1] ?? null) === null) path += 'h0.01';
    drawing = true;
  });
  return path;
}
