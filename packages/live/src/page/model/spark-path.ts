export const WIDTH = 96;
export const HEIGHT = 22;

/** A line over equal steps around 0, as high as its own values; a gap where there is no value. */
export function sparkPath(points: readonly (number | null)[], width = WIDTH, height = HEIGHT): string {
  const values = points.map((point) => point ?? 0);
  const least = Math.min(0, ...values);
  const span = Math.max(0, ...values) - least;
  if (span === 0 || points.length < 2) return '';
  const dx = width / (points.length - 1);
  let path = '';
  let drawing = false;
  points.forEach((point, index) => {
    if (point === null) {
      drawing = false;
      return;
    }
    const x = (index * dx).toFixed(1);
    const y = (height - 1.5 - ((point - least) / span) * (height - 3)).toFixed(1);
    path += `${drawing ? 'L' : 'M'}${x} ${y}`;
    // A lone point between gaps would be invisible as a line without length.
    if (!drawing && (points[index + 1] ?? null) === null) path += 'h0.01';
    drawing = true;
  });
  return path;
}
