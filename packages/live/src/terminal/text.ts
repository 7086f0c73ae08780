/** Three significant digits, as on the page; `-` where nothing is known. */
export function digits(value: number | null): string {
  if (value === null) return '-';
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

const MOST = 60;

/** No name is wider than this. */
export function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
